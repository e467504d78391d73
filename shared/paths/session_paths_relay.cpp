// SPDX-License-Identifier: GPL-3.0-or-later
// The relay among a session's paths: it is dialled, and another connection takes the place of one.
#include "shared/crypto/keys.h"
#include "shared/net/host_resolver.h"
#include "shared/paths/session_paths.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace higgs {

namespace {

/// Of a server that closes none of those that it has replaced.
constexpr std::size_t MaxLeaving = 4;

} // namespace

void SessionPaths::tryNow()
{
    const Member *standing = relay();
    const bool stands = standing != nullptr && standing->facts.phase != PathPhase::Opening;
    if (!m_stopped && !m_closing && !stands)
        dial();
}

void SessionPaths::renewRelay()
{
    if (!m_stopped && !m_closing)
        dial();
}

void SessionPaths::doubt()
{
    wake([](const PathFacts &facts) { return !isRelay(facts); });
}

/// What a path says of itself then may be the end of them all.
void SessionPaths::wake(const std::function<bool(const PathFacts &)> &which)
{
    std::vector<const Path *> paths;
    for (const Member &member : m_members) {
        if (which(member.facts))
            paths.push_back(member.path.get());
    }
    for (const Path *path : paths) {
        const auto found =
            std::find_if(m_members.begin(), m_members.end(),
                         [path](const Member &member) { return member.path.get() == path; });
        if (found != m_members.end())
            found->path->woke();
    }
}

void SessionPaths::woke()
{
    if (m_closing)
        return;
    endLeaving();
    // The new one first: for a moment without any, the session would count as lost. Where a name is
    // being asked for, the old one goes when the new one stands.
    if (m_stopped)
        dropRelay();
    else
        dial();
    const bool comes = std::any_of(m_members.begin(), m_members.end(), [](const Member &member) {
        return isRelay(member.facts) && member.facts.phase == PathPhase::Opening;
    });
    if (comes)
        dropRelays([](PathPhase phase) { return phase != PathPhase::Opening; });
    wake([](const PathFacts &) { return true; });
}

void SessionPaths::dial()
{
    m_retryTimer.stop();
    const std::uint64_t attempt = ++m_attempt;
    const ServerPlace home{m_options.relay.host, m_options.relay.port};
    if (m_options.relay.fleet != nullptr) {
        m_relayAt = m_options.relay.fleet->choose(m_relayAt.host.empty() ? home : m_relayAt);
        if (m_relayAt != home) {
            openRelay(m_options.relay.fleet->addressesOf(m_relayAt));
            return;
        }
    }
    m_relayAt = home;
    if (m_options.relay.addresses) {
        openRelay(m_options.relay.addresses());
        return;
    }
    resolveHost(m_options.relay.host,
                {this, [this, attempt](const Result<std::vector<IpAddress>> &addresses) {
                     if (attempt != m_attempt)
                         return;
                     if (addresses)
                         openRelay(*addresses);
                     else
                         relayFailed({PathEnd::NoAddress, addresses.error().detail});
                 }});
}

void SessionPaths::openRelay(const std::vector<IpAddress> &addresses)
{
    dropOpeningRelay();
    auto endpoints = m_options.relay.check(addresses, m_relayAt.port);
    if (!endpoints) {
        if (m_options.relay.fleet != nullptr)
            m_options.relay.fleet->failed(m_relayAt);
        if (hasAnother()) {
            dial();
            return;
        }
        const bool refused = endpoints.error().code == ErrorCode::Forbidden;
        relayFailed({refused ? PathEnd::NotAllowed : PathEnd::NoAddress, endpoints.error().detail});
        return;
    }
    enter(m_options.relay.make(m_relayAt.host, std::move(*endpoints)), m_relayAt);
}

bool SessionPaths::hasAnother() const
{
    return m_options.relay.fleet != nullptr && m_options.relay.fleet->hasAnother(m_relayAt);
}

/// Of one server of several: the others have the session, too.
void SessionPaths::noteEnd(const ServerPlace &at, PathClose &why)
{
    const bool ofServer = why.end == PathEnd::Broke || why.end == PathEnd::Untrusted ||
                          why.end == PathEnd::NotValidNow;
    if (m_options.relay.fleet == nullptr || !ofServer)
        return;
    m_options.relay.fleet->failed(at);
    if (hasAnother())
        why.end = PathEnd::Broke;
}

void SessionPaths::setRelay(std::string host, std::uint16_t port,
                            std::function<std::vector<IpAddress>()> addresses)
{
    m_options.relay.host = std::move(host);
    m_options.relay.port = port;
    m_options.relay.addresses = std::move(addresses);
    m_relayAt = {};
    if (m_stopped || m_closing)
        return;
    if (m_retries.take(monotonicNow()))
        dial();
    else
        retryLater();
}

/// Where another can be gone to that is done beside it, so that nothing is lost if the silent one
/// was only slow.
void SessionPaths::leaveSilent(const Path *path)
{
    const Member *standing = relay();
    if (m_stopped || m_closing || standing == nullptr || standing->path.get() != path ||
        standing->facts.phase == PathPhase::Opening || standing->at != m_relayAt ||
        m_options.relay.fleet == nullptr)
        return;
    m_options.relay.fleet->failed(standing->at);
    // Also one that failed a moment ago: it may be back, and nothing is lost if it is not.
    const bool another = m_options.relay.fleet->choose(standing->at) != standing->at;
    if (another && m_retries.take(monotonicNow()))
        dial();
}

/// While another path carries nobody hears of it: the relay comes back behind it.
void SessionPaths::relayFailed(const PathClose &why)
{
    if (!carries()) {
        noneLeft(why);
        return;
    }
    if (!m_stopped && !m_closing)
        retryLater();
}

const SessionPaths::Member *SessionPaths::relay() const
{
    const Member *found = nullptr;
    for (const Member &member : m_members) {
        if (isRelay(member.facts) && (found == nullptr || found->facts.phase == PathPhase::Opening))
            found = &member;
    }
    return found;
}

void SessionPaths::dropRelay()
{
    endLeaving();
    dropRelays([](PathPhase) { return true; });
}

void SessionPaths::dropOpeningRelay()
{
    dropRelays([](PathPhase phase) { return phase == PathPhase::Opening; });
}

void SessionPaths::dropRelays(bool (*which)(PathPhase))
{
    for (Member &member : m_members) {
        if (isRelay(member.facts) && which(member.facts.phase))
            retire(std::move(member.path));
    }
    if (std::erase_if(m_members, [](const Member &member) { return !member.path; }) > 0)
        choose(monotonicNow());
}

/// A new one stands, and the server gives what comes from now on to that. What is on its way by
/// another still arrives: it is heard until the server closes it, or for a while.
bool SessionPaths::leaveOtherRelays(const Path *path)
{
    bool left = false;
    for (auto each = m_members.begin(); each != m_members.end();) {
        if (!isRelay(each->facts) || each->path.get() == path ||
            each->facts.phase == PathPhase::Opening) {
            ++each;
            continue;
        }
        m_leaving.push_back(std::move(*each));
        each = m_members.erase(each);
        m_leavingTimer.start();
        left = true;
    }
    while (m_leaving.size() > MaxLeaving) {
        retire(std::move(m_leaving.front().path));
        m_leaving.erase(m_leaving.begin());
    }
    return left;
}

void SessionPaths::endLeaving()
{
    m_leavingTimer.stop();
    for (Member &member : m_leaving)
        retire(std::move(member.path));
    m_leaving.clear();
}

} // namespace higgs
