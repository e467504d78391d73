// SPDX-License-Identifier: GPL-3.0-or-later
// The two DNS messages (RFC 1035) that it takes to learn a host's addresses: question and answer.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/endpoint.h"

#include <string_view>
#include <vector>

namespace higgs::protocol {

/// RFC 1035 section 4.2.1: no answer over UDP is longer, as we do not say that we take more.
constexpr std::size_t MaxDnsDatagram = 512;

/// InvalidArgument for what is no name of at most 253 characters in labels of 1 to 63.
Result<Bytes> dnsQuestion(std::uint16_t id, std::string_view host, IpAddress::Family family);

struct DnsAnswer
{
    enum class Verdict : std::uint8_t {
        Answered,     ///< with addresses, or for good without any
        NoSuchName,   ///< NXDOMAIN
        CannotAnswer, ///< SERVFAIL, REFUSED and the like: another server may know
    };
    Verdict verdict = Verdict::CannotAnswer;
    std::vector<IpAddress> addresses; ///< of the family that was asked for, in the server's order
};

/// What `datagram` says to `question`, both whole messages. Malformed for anything that is not the
/// answer to that very question. Aliases are followed by the server that was asked to recurse.
Result<DnsAnswer> decodeDnsAnswer(ByteSpan datagram, ByteSpan question);

} // namespace higgs::protocol
