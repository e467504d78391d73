// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/turn/turn_grant.h"

#include "shared/crypto/turn_credentials.h"

#include <algorithm>

namespace higgs {

namespace {

/// Longer than any that a server of ours gives: renewing must not be put off for ever.
constexpr Seconds MaxLife{24 * 3600};
/// Part of its life after which a credential is renewed: what is tried last still finds it valid.
constexpr int RenewNumerator = 3;
constexpr int RenewDenominator = 4;

void setLife(TurnGrant &grant, Monotonic now, Seconds life)
{
    life = std::clamp(life, Seconds(0), MaxLife);
    grant.expires = now + life;
    grant.renewAt = now + Milliseconds(life) * RenewNumerator / RenewDenominator;
}

void sortUrls(std::vector<TurnUrl> &urls)
{
    std::stable_sort(urls.begin(), urls.end(),
                     [](const TurnUrl &a, const TurnUrl &b) { return a.transport < b.transport; });
}

} // namespace

TurnGrant TurnGrant::copy() const
{
    TurnGrant other;
    other.urls = urls;
    other.username = username;
    other.password = password.copy();
    other.renewAt = renewAt;
    other.expires = expires;
    return other;
}

std::optional<TurnGrant> grantFrom(const protocol::IceServersResponse &answer, Monotonic now)
{
    for (const protocol::IceServer &server : answer.iceServers) {
        if (!server.username || !server.credential)
            continue;
        TurnGrant grant;
        for (const std::string &each : server.urls) {
            const auto url = parseTurnUrl(each);
            if (url && grant.urls.size() < TurnGrant::MaxUrls)
                grant.urls.push_back(*url);
        }
        if (grant.urls.empty())
            continue;
        sortUrls(grant.urls);
        grant.username = *server.username;
        grant.password = server.credential->copy();
        setLife(grant, now, TurnCredentialLife);
        return grant;
    }
    return std::nullopt;
}

std::optional<TurnGrant> grantFrom(const protocol::TurnServersResponse &answer, Monotonic now)
{
    for (const protocol::TurnServer &server : answer.servers) {
        if (server.port == 0 || server.ttl <= Seconds(0))
            continue;
        TurnGrant grant;
        for (const TurnTransport transport : {TurnTransport::Udp, TurnTransport::Tcp})
            grant.urls.push_back({transport, server.host, server.port});
        grant.username = server.username;
        grant.password = server.password.copy();
        setLife(grant, now, server.ttl);
        return grant;
    }
    return std::nullopt;
}

} // namespace higgs
