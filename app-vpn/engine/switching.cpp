// SPDX-License-Identifier: GPL-3.0-or-later
// From one exit to another: the old tunnel carries until the new exit is reached on a path of its
// own, and is gone back to if that does not come about.
#include "app-vpn/engine/client_engine_p.h"

#include "shared/base/log.h"

#include <utility>

namespace higgs::vpn {

Result<void> ClientEngine::Private::cancelSwitch()
{
    if (m_state != ClientState::Connecting || !m_switch.going || !m_switch.from)
        return unexpected(ErrorCode::InvalidArgument, "nothing is being switched");
    if (goBack())
        return {};
    const LeftExit left = *std::exchange(m_switch.from, std::nullopt);
    m_protectedBefore = m_network.isBlocked();
    begin(left.request, left.node);
    return {};
}

/// Before a new request takes the place of the one that stands.
void ClientEngine::Private::noteLeftExit()
{
    if (m_state == ClientState::Connected || m_state == ClientState::Reconnecting)
        m_switch.from = LeftExit{m_request, m_status.country, m_status.region, m_node};
    else if (m_state != ClientState::Connecting)
        m_switch.from.reset();
}

void ClientEngine::Private::keepSession()
{
    if (m_state != ClientState::Connected || !m_session || !m_session->stands())
        return;
    m_session->disconnect(this);
    m_session->disconnect(&m_owner);
    m_session->disconnect(&m_place);
    connect(
        m_session.get(), &TunnelSession::lost, this,
        [this, lost = m_session.get()] {
            if (m_switch.standing && m_switch.standing->session.get() == lost)
                endStanding();
        },
        Qt::QueuedConnection);
    m_switch.standing = StandingExit{m_status, std::move(m_turn), std::move(m_session)};
}

void ClientEngine::Private::endStanding()
{
    if (!m_switch.standing)
        return;
    StandingExit old = *std::exchange(m_switch.standing, std::nullopt);
    const protocol::SelectedRoute &route = old.session->route();
    m_api->deleteSession(route.relayEndpoint.sessionId, route.sessionToken);
    old.session->close();
    old.session->disconnect(this);
    old.session.reset(); // before what it asks
    Q_EMIT m_owner.statusChanged();
}

/// To the exit that still carries; false: none does. `why`: what became of the new one.
bool ClientEngine::Private::goBack(std::optional<SwitchFault> why)
{
    if (m_state != ClientState::Connecting || !m_switch.standing || !m_switch.from ||
        !m_switch.standing->session->stands())
        return false;
    endSession(); // the new one, which has touched nothing yet
    StandingExit old = *std::exchange(m_switch.standing, std::nullopt);
    const LeftExit left = *std::exchange(m_switch.from, std::nullopt);
    m_request = left.request;
    m_node = left.node;
    old.status.blockRepairs = m_status.blockRepairs;
    old.status.blockRepairedAt = m_status.blockRepairedAt;
    m_status = std::move(old.status);
    m_status.switchFault = std::move(why);
    m_turn = std::move(old.turn);
    m_session = std::move(old.session);
    watchSession();
    m_place.start(wantsStraightWay());
    m_session->setOwnPlace(m_place.place());
    if (m_status.switchFault)
        log::warning("client", "the exit stays the one of before",
                     {{"problem", toString(m_status.switchFault->problem)},
                      {"detail", m_status.switchFault->detail}});
    m_silences = 0;
    scheduleRenewal();
    sessionVerified();
    m_beyondTimer.start(Milliseconds(0));
    return true;
}

/// Queued: whoever finds that it failed goes on with what it holds.
bool ClientEngine::Private::goBackSoon()
{
    if (!m_switch.standing || !m_switch.standing->session->stands())
        return false;
    QMetaObject::invokeMethod(
        this,
        [this, why = SwitchFault{m_request.country, m_status.problem, m_status.problemDetail}] {
            goBack(why);
        },
        Qt::QueuedConnection);
    return true;
}

} // namespace higgs::vpn
