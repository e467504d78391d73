// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/turn_access.h"

#include "shared/base/log.h"

#include <algorithm>
#include <utility>

namespace higgs::vpn {

namespace {

/// Of one URL: some may be dead, and each of those costs seconds.
constexpr std::size_t MaxDoorsOfUrl = 6;
constexpr std::size_t MaxDoors = 12;

} // namespace

ServerTrust turnTrust(const ServerTrust &trust, const std::string &serverHost,
                      const std::string &host)
{
    return host == serverHost || !trust.pin ? trust : ServerTrust::system();
}

TurnAccess::TurnAccess(ServerAddresses &addresses, TurnAccessOptions options, QObject *parent)
    : QObject(parent),
      m_addresses(addresses),
      m_options(std::move(options)),
      m_grant(std::move(m_options.grant))
{}

void TurnAccess::ask(bool fresh, Reply<Result<TurnOffer>> reply)
{
    const Monotonic now = monotonicNow();
    if (!m_grant)
        reply.later(unexpected(ErrorCode::NotFound, "the server names no TURN server"));
    else if (fresh || m_grant->shouldRenew(now))
        renew(std::move(reply));
    else
        findHosts(0, std::move(reply));
}

void TurnAccess::renew(Reply<Result<TurnOffer>> reply)
{
    m_options.renew(
        {this, [this, reply](const ApiResult<protocol::IceServersResponse> &answer) {
             if (!answer) {
                 log::warning("client", "no new credentials for TURN",
                              {{"error", answer.failure().error.detail}});
                 reply(unexpected(answer.failure().error));
                 return;
             }
             auto grant = grantFrom(*answer, monotonicNow());
             if (!grant) {
                 reply(unexpected(ErrorCode::NotFound, "the server names no TURN server any more"));
                 return;
             }
             m_grant = std::move(grant);
             findHosts(0, reply);
         }});
}

/// A server that was reached in another network, or hours ago, may be elsewhere.
bool TurnAccess::isFresh(const std::string &host) const
{
    const auto asked = m_askedAt.find(host);
    const bool known = !m_addresses.known(host).empty();
    return IpAddress::parse(host) ||
           (known && asked != m_askedAt.end() && monotonicNow() - asked->second < Fresh);
}

/// Each host whose name was not asked for just now is, one after the other.
void TurnAccess::findHosts(std::size_t url, Reply<Result<TurnOffer>> reply)
{
    while (url < m_grant->urls.size() && isFresh(m_grant->urls[url].host))
        ++url;
    if (url >= m_grant->urls.size()) {
        reply.later(offer());
        return;
    }
    const std::string host = m_grant->urls[url].host;
    m_addresses.refresh(host, false,
                        {this, [this, host, reply](const ServerAddresses::Found &found) {
                             m_askedAt[host] = monotonicNow();
                             if (!found)
                                 log::warning("client", "a TURN server's name does not resolve",
                                              {{"host", host}, {"error", found.error().detail}});
                             std::size_t next = 0;
                             for (std::size_t i = 0; i < m_grant->urls.size(); ++i)
                                 if (m_grant->urls[i].host == host)
                                     next = i + 1;
                             findHosts(next, reply);
                         }});
}

Result<TurnOffer> TurnAccess::offer()
{
    TurnOffer offer;
    std::string tlsHost;
    Error refused{ErrorCode::Unavailable, "no TURN server can be reached by UDP"};
    for (const TurnUrl &url : m_grant->urls) {
        const bool udp = url.transport == TurnTransport::Udp;
        const bool tls = url.transport == TurnTransport::Tls;
        if (!udp && !m_options.streams)
            continue;
        if (tls && !tlsHost.empty() && tlsHost != url.host)
            continue; // a trust is of one host
        const auto checked = m_options.check(udp ? NamedUse::Stun : NamedUse::Relay, url.host,
                                             m_addresses.known(url.host), url.port);
        if (!checked) {
            refused = checked.error();
            continue;
        }
        std::size_t doors = 0;
        for (const CheckedEndpoint &each : *checked)
            if (++doors <= MaxDoorsOfUrl && offer.doors.size() < MaxDoors)
                offer.doors.push_back({url.transport, each, url.host});
        if (!tls)
            continue;
        tlsHost = url.host;
        offer.trust = turnTrust(m_options.trust, m_options.serverHost, tlsHost);
    }
    if (offer.doors.empty())
        return unexpected(refused);
    offer.username = m_grant->username;
    offer.password = m_grant->password.copy();
    offer.renewAt = m_grant->renewAt;
    return offer;
}

} // namespace higgs::vpn
