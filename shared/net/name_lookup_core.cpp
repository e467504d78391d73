// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/name_lookup_core.h"

#include <algorithm>
#include <array>

namespace higgs {

namespace {

using Family = IpAddress::Family;
using Verdict = protocol::DnsAnswer::Verdict;

constexpr std::array Families{Family::V4, Family::V6};
/// Of one name that are of any use.
constexpr std::size_t MaxAddresses = 16;

} // namespace

NameLookupCore::NameLookupCore(Monotonic now, const std::string &host,
                               std::span<const std::uint16_t> ids, Milliseconds timeout)
    : m_end(now + timeout), m_next(now)
{
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto message = protocol::dnsQuestion(ids[i], host, Families[i % Families.size()]);
        if (!message) {
            m_wrong = message.error().detail;
            return;
        }
        m_asks.push_back({i / Families.size(), std::move(*message), std::nullopt});
    }
}

std::vector<NameLookupCore::Question> NameLookupCore::due(Monotonic now)
{
    std::vector<Question> questions;
    if (now < m_next)
        return questions;
    m_next = now + Again;
    for (const Ask &ask : m_asks) {
        if (!ask.answer)
            questions.push_back({ask.server, ask.message});
    }
    return questions;
}

void NameLookupCore::handle(Monotonic now, std::size_t server, ByteSpan datagram)
{
    for (Ask &ask : m_asks) {
        if (ask.server != server || ask.answer)
            continue;
        auto answer = protocol::decodeDnsAnswer(datagram, ask.message);
        if (!answer)
            continue;
        if (!answer->addresses.empty() && !m_found)
            m_found = now;
        ask.answer = std::move(*answer);
        return;
    }
}

std::optional<Result<std::vector<IpAddress>>> NameLookupCore::outcome(Monotonic now) const
{
    using Found = Result<std::vector<IpAddress>>;
    if (!m_wrong.empty())
        return Found(unexpected(ErrorCode::InvalidArgument, m_wrong));
    std::vector<IpAddress> addresses;
    bool open = false;
    bool answered = false;
    bool winner = false; // one that told both families
    for (std::size_t i = 0; i + 1 < m_asks.size(); i += Families.size()) {
        std::size_t own = 0;
        bool complete = true;
        for (std::size_t f = 0; f < Families.size(); ++f) {
            const auto &answer = m_asks[i + f].answer;
            complete = complete && answer;
            if (!answer)
                continue;
            answered = answered || answer->verdict != Verdict::CannotAnswer;
            for (const IpAddress &address : answer->addresses) {
                ++own;
                if (addresses.size() < MaxAddresses &&
                    std::find(addresses.begin(), addresses.end(), address) == addresses.end())
                    addresses.push_back(address);
            }
        }
        open = open || !complete;
        winner = winner || (complete && own > 0);
    }
    const bool late = now >= m_end;
    if (!addresses.empty() && (winner || !open || late || now >= *m_found + Grace))
        return Found(std::move(addresses));
    if (open && !late)
        return std::nullopt;
    if (answered)
        return Found(unexpected(ErrorCode::NotFound, "the name has no address"));
    return Found(unexpected(ErrorCode::Unavailable,
                            m_asks.empty() ? "no DNS server is known" : "no DNS server answers"));
}

Monotonic NameLookupCore::deadline() const
{
    const Monotonic next = std::min(m_next, m_end);
    return m_found ? std::min(next, *m_found + Grace) : next;
}

} // namespace higgs
