// SPDX-License-Identifier: GPL-3.0-or-later
// The servers that act as one, kept on disk, with the addresses that may be dialled now: where each
// connection of an end goes, and goes on when a server is away. Nobody is believed to be one of
// them before TLS has shown it.
#pragma once

#include "shared/base/pace.h"
#include "shared/net/named_endpoints.h"
#include "shared/net/server_fleet.h"

namespace higgs {

struct KnownFleetOptions
{
    std::string file;
    /// Of a host, what is known now.
    std::function<std::vector<IpAddress>(const std::string &host)> addresses;
    /// `addresses` will know more in a while.
    std::function<void(const std::string &host)> lookUp;
    EndpointCheck check; ///< which of them may be dialled, at the moment of asking
};

/// Lives on its owner's thread.
class KnownFleet
{
public:
    /// Names that are looked up because servers name them: so many at once, and one each.
    static constexpr unsigned LookUpsAtOnce = 2 * ServerFleet::MostOthers;
    static constexpr Milliseconds LookUpInterval{10'000};

    explicit KnownFleet(KnownFleetOptions options);

    /// What the person entered; others are read from the file if they are of the same.
    void setEntry(ServerPlace entry);
    /// By the server itself, which TLS has shown to be it.
    void told(const protocol::ServerInfo &info);

    /// Where to dial; `last`: where this was to be had before.
    [[nodiscard]] ServerPlace choose(const ServerPlace &last) const;
    /// Of the entry all that are known; of another those that may be dialled now.
    [[nodiscard]] std::vector<IpAddress> addressesOf(const ServerPlace &place) const;
    [[nodiscard]] const ServerPlace &entry() const { return m_fleet.entry(); }
    [[nodiscard]] std::vector<ServerPlace> others() const { return m_fleet.others(); }

    void failed(const ServerPlace &place);
    void stood(const ServerPlace &place) { m_fleet.stood(place); }
    /// Whether another one than this can be gone to at once.
    [[nodiscard]] bool hasAnother(const ServerPlace &place) const;

private:
    [[nodiscard]] bool isUsable(const ServerPlace &place) const;
    void lookUpAll();
    void lookUp(const std::string &host);

    KnownFleetOptions m_options;
    ServerFleet m_fleet;
    Pace m_lookUps{LookUpsAtOnce, LookUpInterval};
    std::optional<Monotonic> m_writtenAt;
    std::size_t m_turn; ///< of this end, among those who all lose one server
};

} // namespace higgs
