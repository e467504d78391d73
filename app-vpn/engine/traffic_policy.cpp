// SPDX-License-Identifier: GPL-3.0-or-later
// What a person decides about the machine's traffic beside the connection itself: lockdown, the
// local network, DNS, a pause, and which server it is all about.
#include "app-vpn/engine/client_engine_p.h"

#include "shared/base/log.h"

namespace higgs::vpn {

namespace {

/// Between tries to put back a block that could not be.
constexpr Milliseconds RepairInterval{200};
constexpr Milliseconds LongestRepairInterval{5'000};

/// Who leaves outside the tunnel does so while it stands or is on its way. "Blocked" means all:
/// a person who reads it must not wonder which program is still out.
bool mayExclude(ClientState state)
{
    return state == ClientState::Connecting || state == ClientState::Connected ||
           state == ClientState::Reconnecting;
}

} // namespace

void ClientEngine::Private::followState(ClientState from)
{
    if (mayExclude(from) == mayExclude(m_state) || !config.excludeGid || !m_network.isBlocked() ||
        m_state == ClientState::Disconnecting)
        return; // that one takes all away, or locks down by itself
    if (const Result<void> blocked = m_network.block(blockPolicy()); !blocked)
        log::error("client", "excluded programs keep the way they had",
                   {{"error", blocked.error().detail}});
}

BlockPolicy ClientEngine::Private::blockPolicy() const
{
    BlockPolicy policy;
    policy.allowLan = config.policy.allowLan;
    if (mayExclude(m_state))
        policy.excludeGid = config.excludeGid;
    return policy;
}

bool ClientEngine::Private::canExclude() const
{
    return config.excludeGid && m_network.canTranslate();
}

Result<void> ClientEngine::Private::setPolicy(const TrafficPolicy &policy)
{
    const TrafficPolicy old = std::exchange(config.policy, policy);
    if (policy == old)
        return {};
    const bool lockNow = policy.lockdown && m_state == ClientState::Disconnected;
    if (lockNow || m_network.isBlocked()) {
        if (Result<void> blocked = m_network.block(blockPolicy()); !blocked) {
            config.policy = old;
            return blocked;
        }
    }
    m_place.allowMapping(policy.portMapping);
    if (policy.dns != old.dns && m_session)
        m_session->setDns(policy.dns);
    if (policy.dns != old.dns && m_switch.standing)
        m_switch.standing->session->setDns(policy.dns);
    const bool idle = m_state == ClientState::Blocked && !m_wanted;
    if (lockNow) {
        endPause();
        m_wanted = false;
        m_protectedBefore = true;
        setProblem(Problem::Lockdown, {});
        apply(ClientEvent::LockedDown);
    } else if (policy.lockdown && idle) {
        setProblem(Problem::Lockdown, {});
    } else if (!policy.lockdown && old.lockdown && idle) {
        disconnectTunnel();
    }
    Q_EMIT m_owner.statusChanged();
    return {};
}

Result<void> ClientEngine::Private::setServer(std::string host, std::uint16_t port,
                                              ServerTrust trust, SecretText accessKey)
{
    const bool idle = m_state == ClientState::Disconnected || m_state == ClientState::Blocked;
    if (!idle || m_wanted || m_pausedUntil)
        return unexpected(ErrorCode::Forbidden, "disconnect first");
    config.serverHost = std::move(host);
    config.serverPort = port;
    config.trust = std::move(trust);
    config.accessKey = std::move(accessKey);
    m_clientId = *ClientId::parse(randomUuid()); // two servers must not find out that we are one
    makeApi();
    if (m_status.problem != Problem::Lockdown)
        setProblem(Problem::None, {});
    m_addresses.refresh(config.serverHost, !m_network.isBlocked());
    Q_EMIT m_owner.statusChanged();
    return {};
}

Result<void> ClientEngine::Private::pauseTunnel(WallTime until)
{
    const Milliseconds length = until - wallNow();
    if (config.policy.lockdown)
        return unexpected(ErrorCode::Forbidden, "lockdown forbids a pause: nothing may leave this "
                                                "machine outside the tunnel");
    if (!m_wanted || m_state == ClientState::Disconnected)
        return unexpected(ErrorCode::InvalidArgument, "there is no connection to pause");
    if (length <= Milliseconds(0) || length > LongestPause)
        return unexpected(ErrorCode::InvalidArgument, "a pause takes 1 to 1440 minutes");
    beginPause(until);
    if (m_state != ClientState::Disconnected)
        return unexpected(ErrorCode::System, m_status.problemDetail);
    return {};
}

void ClientEngine::Private::beginPause(WallTime until)
{
    m_pausedUntil = until;
    if (!apply(ClientEvent::DisconnectAsked)) {
        m_pausedUntil.reset();
        return;
    }
    endSession();
    openLine();
    if (m_state != ClientState::Disconnected) {
        m_pausedUntil.reset();
        return;
    }
    m_pauseEnds = clocksNow().inside(until);
    m_pauseTimer.start(std::max(until - wallNow(), Milliseconds(0)));
    log::info("client", "paused", {{"ms", (until - wallNow()).count()}});
    Q_EMIT m_owner.statusChanged();
}

void ClientEngine::Private::adoptPause(const ConnectRequest &request, WallTime until)
{
    const bool bounded = until - wallNow() <= LongestPause; // or somebody moved the clock
    if (config.policy.lockdown || until <= wallNow() || !bounded) {
        insist(request);
        return;
    }
    m_request = request;
    m_wanted = true;
    if (m_state != ClientState::Disconnected) {
        beginPause(until);
        return;
    }
    m_pausedUntil = until;
    m_pauseEnds = clocksNow().inside(until);
    m_pauseTimer.start(until - wallNow());
    Q_EMIT m_owner.statusChanged();
}

void ClientEngine::Private::resumeTunnel()
{
    if (!m_pausedUntil)
        return;
    insist(m_request);
}

void ClientEngine::Private::pauseOver()
{
    if (!m_pausedUntil)
        return;
    // The timer stood still while the machine slept, and the person's clock may have been set
    // either way: whichever clock says so first ends the pause, as a bare line may not stay.
    const Milliseconds left = std::min(*m_pausedUntil - wallNow(), m_pauseEnds - bootNow());
    if (left > Milliseconds(0) && left <= LongestPause) {
        m_pauseTimer.start(left);
        return;
    }
    log::info("client", "the pause is over");
    resumeTunnel();
}

void ClientEngine::Private::endPause()
{
    m_pausedUntil.reset();
    m_pauseTimer.stop();
}

void ClientEngine::Private::insist(const ConnectRequest &request)
{
    const ConnectRequest again = request; // may be our own
    m_protectedBefore = true;
    begin(again);
}

void ClientEngine::Private::changeWay(const ConnectRequest &request)
{
    const bool sameEntry = request.via == m_request.via;
    m_request = request; // also for whoever cancels
    if (m_pausedUntil)
        return;
    m_protectedBefore = m_state != ClientState::Disconnected && m_network.isBlocked();
    begin(request, sameEntry ? m_node : NodeId());
}

void ClientEngine::Private::verifyBlock()
{
    m_verifyTimer.stop();
    if (!m_network.isBlocked()) {
        m_boundNames.follow();
        return;
    }
    const std::vector<BesideGuests> beside = m_network.surroundings().beside;
    const std::vector<std::string> unguarded = m_network.unguarded();
    const Result<BlockDamage> damage = m_network.verify();
    const std::string before = m_blockFault;
    m_blockFault = damage ? std::string() : damage.error().detail;
    m_repairWait = damage && !damage->unfinished
                       ? Milliseconds(0)
                       : std::clamp(m_repairWait * 2, RepairInterval, LongestRepairInterval);
    if (m_repairWait > Milliseconds(0))
        m_verifyTimer.start(m_repairWait);
    if (!damage) {
        if (before != m_blockFault) {
            log::error("client", "the block was removed, and cannot be put back",
                       {{"error", m_blockFault}});
            Q_EMIT m_owner.statusChanged();
        }
        return;
    }
    m_boundNames.follow();
    if (damage->any()) {
        log::warning("client", "somebody changed what protects this machine: put back",
                     {{"rules", damage->rules},
                      {"routes", damage->routes},
                      {"barrier", damage->barrier},
                      {"dns", damage->dns},
                      {"settings", damage->settings},
                      {"device", damage->device}});
        ++m_status.blockRepairs;
        m_status.blockRepairedAt = wallNow();
    }
    if (beside != m_network.surroundings().beside && !m_network.surroundings().beside.empty())
        log::warning("client", "guests share a network card, and are outside the tunnel",
                     {{"interface", m_network.surroundings().beside.front().interfaceName}});
    if (damage->any() || before != m_blockFault || beside != m_network.surroundings().beside ||
        unguarded != m_network.unguarded())
        Q_EMIT m_owner.statusChanged();
    if (damage->device)
        endStanding();
    if (damage->device && m_session && m_state == ClientState::Connected)
        sessionLost(
            {Failure::AttemptFailed, Problem::TunnelFailed, "the tunnel's interface was removed"});
}

} // namespace higgs::vpn
