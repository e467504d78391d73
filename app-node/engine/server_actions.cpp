// SPDX-License-Identifier: GPL-3.0-or-later
// Which server a node is at, and what that asks of it in the answers to its heartbeats.
#include "app-node/engine/maintenance.h"
#include "app-node/engine/node_engine_p.h"

#include "shared/base/log.h"

namespace higgs::node {

namespace {

constexpr Milliseconds Farewell{200}; // for a close frame to each guest

} // namespace

Result<void> NodeEngine::Private::setServer(std::string host, std::uint16_t port, ServerTrust trust)
{
    if (m_sharing)
        return unexpected(ErrorCode::Forbidden, "switch sharing off first");
    auto identity = identityFor(m_config.dataDir, {host, port, trust.pin});
    if (!identity)
        return unexpected(identity.error());
    m_registration.reset(); // which looks at the identity
    m_identity = std::make_unique<Identity>(std::move(*identity));
    m_config.serverHost = std::move(host);
    m_config.serverPort = port;
    m_config.trust = std::move(trust);
    m_mapped.reset();
    m_local.reset();
    makeServerLink();
    Q_EMIT m_owner.statusChanged();
    return {};
}

void NodeEngine::Private::setAccessKey(SecretText key)
{
    m_config.accessKey = std::move(key);
    Q_EMIT m_owner.statusChanged();
}

void NodeEngine::Private::watchActions()
{
    m_restartTimer.setSingleShot(true);
    connect(&m_restartTimer, &QTimer::timeout, this, &Private::restart);
    m_drainTimer.setSingleShot(true);
    connect(&m_drainTimer, &QTimer::timeout, this, &Private::dismissGuests);
}

void NodeEngine::Private::obey(protocol::NodeAction &action)
{
    if (auto *session = std::get_if<protocol::SessionConnect>(&action)) {
        offered(std::move(*session));
        return;
    }
    if (std::holds_alternative<protocol::RestartAction>(action)) {
        log::info("node", "restarting at the server's wish", {});
        restartSoon();
        return;
    }
    if (const auto *maintenance = std::get_if<protocol::MaintenanceAction>(&action)) {
        setMaintenance(*maintenance);
        return;
    }
    // updateConfig: what the server knows of us may be old, and what we know of it.
    m_registration->serverMoved();
    m_registration->refresh();
}

/// New guests are turned away, those here leave when they like, and the last in time.
void NodeEngine::Private::setMaintenance(const protocol::MaintenanceAction &action)
{
    const MaintenanceWish wish = parseMaintenance(action.payload);
    const bool otherNotice = wish.on && wish.within;
    if (wish.on == m_maintenance && !otherNotice)
        return;
    m_maintenance = wish.on;
    const Seconds within = wish.within.value_or(MaintenanceNotice);
    if (m_maintenance)
        m_drainTimer.start(within);
    else
        m_drainTimer.stop();
    log::info("node", "maintenance",
              {{"on", m_maintenance}, {"within", m_maintenance ? within.count() : 0}});
    showOccupancy(); // and the next heartbeat says "degraded"
}

/// A guest that is told goes on elsewhere at once.
void NodeEngine::Private::dismissGuests()
{
    for (const auto &[id, guest] : m_guests)
        guest->dismiss();
}

void NodeEngine::Private::restartSoon()
{
    dismissGuests();
    m_restartTimer.start(Farewell);
}

} // namespace higgs::node
