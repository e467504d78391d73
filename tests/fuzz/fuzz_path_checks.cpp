// SPDX-License-Identifier: GPL-3.0-or-later
// The probes of a straight way against a hostile other end, and against whoever has not its key:
// any order of what it tells, asks and answers, and any datagram. Nothing is probed that nobody
// named, nothing chosen that did not answer, nothing accepted that was not made with the key, and
// nothing kept without bound.
#include "shared/base/bytes.h"
#include "shared/paths/check_message.h"
#include "shared/paths/path_checks.h"

#include <algorithm>
#include <bitset>
#include <cstdlib>
#include <map>

using namespace higgs;
using namespace higgs::protocol;

namespace {

constexpr std::size_t MostTargets = checks::MaxTold + checks::MaxSeen + 1;
/// Probes of which the answers are still waited for, and a round of those that are not any more.
constexpr std::size_t MostExpected = MostTargets * (checks::MaxPending + 1);

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// More of them than anybody may keep, in both families.
constexpr std::size_t Addresses = 256;

const Endpoint &address(std::uint8_t number)
{
    static const std::vector<Endpoint> all = [] {
        std::vector<Endpoint> made;
        for (std::uint16_t i = 0; i < Addresses; ++i)
            made.push_back({i < Addresses / 2 ? IpAddress::v4(0x51007100U + i)
                                              : *IpAddress::parse("2a01:31:0:1::2"),
                            i});
        return made;
    }();
    return all[number];
}

std::size_t numberOf(const Endpoint &endpoint)
{
    require(endpoint.port < Addresses &&
            address(static_cast<std::uint8_t>(endpoint.port)) == endpoint);
    return endpoint.port;
}

class Trial
{
public:
    explicit Trial(bool decides) : m_decides(decides), m_checks(m_now, decides, 1) {}

    void step(std::uint8_t head, ByteReader &in)
    {
        const std::uint8_t argument = in.u8().value_or(0);
        switch (head % 8) {
        case 0:
            tell(argument % 40, in);
            break;
        case 1:
            m_checks.hurry(m_now);
            break;
        case 2:
            answer(argument, in.u8().value_or(0));
            break;
        case 3:
            ask(argument, in.u8().value_or(0), (head & 0x80U) != 0);
            break;
        case 4:
            m_checks.trafficSent(m_now);
            break;
        case 5:
            m_checks.trafficCame(m_now);
            break;
        case 6:
            m_now += Milliseconds(argument);
            break;
        default:
            m_now = std::max(m_now + Milliseconds(1), m_checks.deadline(m_now));
            break;
        }
        probe();
        judge();
    }

private:
    void tell(unsigned count, ByteReader &in)
    {
        std::vector<CheckTarget> targets;
        for (unsigned i = 0; i < count; ++i) {
            const Endpoint &named = address(in.u8().value_or(0));
            targets.push_back({named, CandidateType::Srflx});
            m_named.set(numberOf(named));
        }
        m_checks.told(m_now, targets);
    }

    void answer(std::uint8_t which, std::uint8_t from)
    {
        if (m_expected.empty())
            return;
        const auto probe = std::next(m_expected.begin(), which % m_expected.size());
        const StunTransactionId transaction = probe->first;
        // The driver hears an answer only from where the question went.
        const Endpoint source = from < 0xc0 ? probe->second : address(from);
        m_checks.answered(m_now, source, transaction);
        if (source == probe->second)
            m_answered.set(numberOf(source));
        m_expected.erase(transaction);
    }

    void ask(std::uint8_t from, std::uint8_t back, bool nominated)
    {
        m_number += back < 0x80 ? back : 0;
        const std::uint64_t number = back < 0x80 ? m_number : m_number - (back - 0x7fU);
        const bool isNew = m_checks.asked(m_now, address(from), number, nominated);
        m_named.set(from);
        // A second time it is a repetition, whatever it was the first time.
        require(!isNew || !m_checks.asked(m_now, address(from), number, nominated));
    }

    void probe()
    {
        const auto probes = m_checks.due(m_now);
        require(probes.size() <= MostTargets);
        for (const PathChecks::Probe &each : probes) {
            require(m_named.test(numberOf(each.to.address)) && (m_decides || !each.nominated));
            require(each.number > m_sent);
            m_sent = each.number;
            StunTransactionId transaction{};
            for (std::size_t i = 0; i < 8; ++i)
                transaction[i] = static_cast<std::uint8_t>(each.number >> (8 * i));
            m_expected.emplace(transaction, each.to.address);
            m_checks.sent(m_now, each.to, transaction);
        }
        for (const StunTransactionId &each : m_checks.takeForgotten())
            m_expected.erase(each);
    }

    void judge() const
    {
        const auto chosen = m_checks.chosen();
        require(!chosen || m_answered.test(numberOf(chosen->address)));
        require((m_checks.state(m_now) == CheckState::Found) == chosen.has_value());
        const auto trusted = m_checks.trusted();
        require(trusted.size() <= MostTargets);
        for (const CheckWay &each : trusted)
            require(m_named.test(numberOf(each.address)));
        require(m_expected.size() <= MostExpected);
        require(m_checks.deadline(m_now) >= m_now);
    }

    bool m_decides;
    Monotonic m_now{Seconds(3'600)};
    PathChecks m_checks;
    std::uint64_t m_number = 1'000;
    std::uint64_t m_sent = 0;
    std::map<StunTransactionId, Endpoint> m_expected;
    std::bitset<Addresses> m_named;
    std::bitset<Addresses> m_answered;
};

struct Ends
{
    CheckCodec client;
    CheckCodec node;
};

const Ends &ends()
{
    static const Ends both = [] {
        const PrivateKey one = PrivateKey::generate();
        const PrivateKey other = PrivateKey::generate();
        const SessionId session = *SessionId::parse("5f0c7c1e-3b7a-4c58-9d7e-0a1b2c3d4e5f");
        return Ends{*CheckCodec::make(one, other.publicKey(), session, Direction::ClientToNode),
                    *CheckCodec::make(other, one.publicKey(), session, Direction::NodeToClient)};
    }();
    return both;
}

bool isAccepted(ByteSpan datagram)
{
    const auto message = decodeStun(datagram);
    return message &&
           (ends().node.numberOf(*message, datagram) || ends().node.isAnswer(*message, datagram));
}

/// A real probe, or a real answer, of which the input changes bytes; or no real one at all.
void forge(ByteReader &in)
{
    StunTransactionId transaction{};
    const std::uint8_t head = in.u8().value_or(0);
    transaction[0] = head;
    Bytes datagram = (head & 1U) != 0 ? ends().client.request(transaction, head, (head & 2U) != 0)
                                      : ends().client.answer(transaction, address(head));
    require(isAccepted(datagram));
    const Bytes real = datagram;
    while (in.remaining() >= 2) {
        const std::uint8_t place = *in.u8();
        datagram[place % datagram.size()] ^= *in.u8();
    }
    require(isAccepted(datagram) == (datagram == real));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    ByteReader in(ByteSpan(data, size));
    const std::uint8_t kind = in.u8().value_or(0);
    if (kind % 4 == 3) {
        require(!isAccepted(in.rest()));
        forge(in);
        return 0;
    }
    Trial trial((kind & 1U) != 0);
    while (const auto head = in.u8())
        trial.step(*head, in);
    return 0;
}
