// SPDX-License-Identifier: GPL-3.0-or-later
// Asks several DNS servers for a host's addresses in both families, without socket, clock or
// randomness: whoever answers first wins, and who is silent holds up nobody.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/dns_message.h"

#include <optional>
#include <string>

namespace higgs {

class NameLookupCore
{
public:
    struct Question
    {
        std::size_t server = 0; ///< its number
        Bytes message;
    };

    /// `ids` are random, two for each server, or others could answer blindly.
    NameLookupCore(Monotonic now, const std::string &host, std::span<const std::uint16_t> ids,
                   Milliseconds timeout);

    /// What is to be sent now.
    std::vector<Question> due(Monotonic now);
    /// A datagram of that server's; one that does not answer us is dropped.
    void handle(Monotonic now, std::size_t server, ByteSpan datagram);
    /// Nothing as long as it is not known. NotFound: the name has no address. Unavailable: no
    /// server can tell. InvalidArgument: it is no name.
    [[nodiscard]] std::optional<Result<std::vector<IpAddress>>> outcome(Monotonic now) const;
    /// When due() or outcome() will have something new to say.
    [[nodiscard]] Monotonic deadline() const;

private:
    struct Ask
    {
        std::size_t server = 0;
        Bytes message;
        std::optional<protocol::DnsAnswer> answer;
    };

    /// The other family may be asked for in vain for ever.
    static constexpr Milliseconds Grace{300};
    static constexpr Milliseconds Again{700};

    std::vector<Ask> m_asks;
    Monotonic m_end;
    Monotonic m_next;
    std::optional<Monotonic> m_found; ///< when the first address came
    std::string m_wrong;              ///< why it is no name
};

} // namespace higgs
