// SPDX-License-Identifier: GPL-3.0-or-later
// Several servers that act as one, as an end knows them: which there are by what they say, and
// which of them is asked next. Pure: time is an argument.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/server_info.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

struct ServerPlace
{
    std::string host; ///< a name or an address, without brackets
    std::uint16_t port = 0;

    friend auto operator<=>(const ServerPlace &, const ServerPlace &) = default;
};

class ServerFleet
{
public:
    /// Besides the one that the person entered. An operator has a handful.
    static constexpr std::size_t MostOthers = 8;
    /// Of what a server names, so much is looked at.
    static constexpr std::size_t MostNamed = 64;
    /// Who did not do is asked after all others for so long.
    static constexpr Milliseconds FailureMemory{30'000};
    static constexpr std::size_t MostFailures = 16;
    /// A server that nobody named for so long is none any more.
    static constexpr Milliseconds Forgotten{std::chrono::hours(24 * 30)};

    explicit ServerFleet(ServerPlace entry = {}) : m_entry(std::move(entry)) {}

    [[nodiscard]] const ServerPlace &entry() const { return m_entry; }
    /// The latest named first.
    [[nodiscard]] std::vector<ServerPlace> others() const;

    /// What a server says of itself and the others; one that names itself alone says nothing of
    /// others, and those of before are kept. True: others are known now.
    bool told(WallTime now, const std::vector<protocol::RelayServer> &named);

    void failed(Monotonic now, const ServerPlace &place);
    void stood(const ServerPlace &place) { m_failures.erase(place); }

    /// Whether one may be asked at this moment, for which its address is known.
    using Usable = std::function<bool(const ServerPlace &)>;
    /// `preferred`, unless it failed of late: then another that did not, else the one whose failure
    /// is the longest ago. `turn` chooses among equals, so that not all go to one.
    [[nodiscard]] ServerPlace choose(Monotonic now, const ServerPlace &preferred,
                                     const Usable &usable, std::size_t turn) const;
    /// Whether there is one besides `place` that did not fail of late.
    [[nodiscard]] bool hasAnother(Monotonic now, const ServerPlace &place,
                                  const Usable &usable) const;

    /// Lines "host port milliseconds", the entry's first; what does not decode is left out, and all
    /// that is of another entry.
    [[nodiscard]] std::string text() const;
    void read(WallTime now, std::string_view text);

private:
    struct Other
    {
        ServerPlace place;
        WallTime namedAt;
    };

    [[nodiscard]] bool failedLately(Monotonic now, const ServerPlace &place) const;
    [[nodiscard]] std::vector<ServerPlace> all() const;
    void keep(WallTime now, std::vector<Other> named);

    ServerPlace m_entry;
    std::vector<Other> m_others;
    std::map<ServerPlace, Monotonic> m_failures; ///< the latest of each
};

} // namespace higgs
