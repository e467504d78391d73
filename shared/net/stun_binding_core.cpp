// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_binding_core.h"

#include <algorithm>

namespace higgs {

namespace {

/// Rc of RFC 8489 section 6.2.1: a silent server is asked no more often.
constexpr std::size_t MaxTransmissions = 7;

} // namespace

StunBindingCore::StunBindingCore(Monotonic now, Milliseconds firstWait, Milliseconds timeout)
    : m_end(now + timeout), m_next(now), m_wait(firstWait)
{}

Monotonic StunBindingCore::deadline() const
{
    return m_sent.size() < MaxTransmissions ? std::min(m_next, m_end) : m_end;
}

bool StunBindingCore::wantsToSend(Monotonic now) const
{
    return m_sent.size() < MaxTransmissions && now >= m_next && now < m_end;
}

Bytes StunBindingCore::request(Monotonic now, const protocol::StunTransactionId &transaction)
{
    m_sent.push_back({transaction, now});
    m_next = now + m_wait;
    m_wait *= 2;
    protocol::StunMessage request;
    request.transaction = transaction;
    // With FINGERPRINT a request has 28 bytes, which also earns an IPv6 answer at 1.6 times.
    return encodeStun(request, {.integrity = {}, .fingerprint = true});
}

std::optional<StunBindingResult> StunBindingCore::handle(Monotonic now, ByteSpan datagram) const
{
    const Result<protocol::StunMessage> answer = protocol::decodeStun(datagram);
    if (!answer || answer->messageClass != protocol::StunClass::Success ||
        answer->method != protocol::StunBindingMethod || !answer->notUnderstood.empty())
        return std::nullopt;
    const auto sent = std::find_if(m_sent.begin(), m_sent.end(), [&](const Transmission &t) {
        return t.transaction == answer->transaction;
    });
    const auto &mapped =
        answer->xorMappedAddress ? answer->xorMappedAddress : answer->mappedAddress;
    if (sent == m_sent.end() || !mapped)
        return std::nullopt;
    const std::chrono::duration<double, std::milli> roundTrip = now - sent->at;
    return StunBindingResult{
        {mapped->address.unmapped(), mapped->port}, roundTrip.count(), {}, {}, {}};
}

} // namespace higgs
