// SPDX-License-Identifier: GPL-3.0-or-later
// How long a round trip was in this person's own sessions, by place: what the list of places says
// better than any estimate. Pure; kept as a small document beside the settings.
#pragma once

#include "shared/protocol/json.h"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace higgs::vpn {

class PastTrips
{
public:
    static constexpr std::size_t MostPlaces = 64;  ///< then the one that was used longest ago goes
    static constexpr std::size_t MostSessions = 5; ///< of a place

    /// What cannot be read is left out: figures are no reason not to start.
    static PastTrips fromJson(const protocol::Json &document);
    [[nodiscard]] protocol::Json toJson() const;

    /// A session's figure, so far: the same session's takes the place of the one before. False if
    /// it says nothing new.
    bool note(const std::string &session, const std::string &country, const std::string &region,
              double milliseconds);
    /// The median of the last sessions there; nullopt without one.
    [[nodiscard]] std::optional<double> of(const std::string &country,
                                           const std::string &region) const;

private:
    struct Place
    {
        std::deque<double> milliseconds; ///< the latest last
        std::uint64_t used = 0;          ///< the higher, the later
    };
    using Key = std::pair<std::string, std::string>; ///< country, region

    Place &placeOf(const Key &key);

    std::map<Key, Place> m_places;
    std::uint64_t m_clock = 0;
    std::string m_session;
    Key m_last;
};

/// The server's list with what is this client's own: `serverRttMs` (this machine to the server),
/// and for each place `estimateMs` (that and the place's figure) and `pastMs`; null what is not
/// known.
protocol::Json placesJson(protocol::Json locations, std::optional<double> serverRttMs,
                          const PastTrips &past);

} // namespace higgs::vpn
