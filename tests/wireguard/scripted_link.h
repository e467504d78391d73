// SPDX-License-Identifier: GPL-3.0-or-later
// Two WireGuard cores and what lies between them, in simulated time: datagrams are lost, doubled,
// delayed and overtaken as a seed decides, and every byte of randomness is the seed's, too.
#pragma once

#include "shared/wireguard/core.h"

#include <map>
#include <random>

namespace higgs::test {

/// Not secret, and the same for the same seed.
inline wireguard::Entropy seededEntropy(std::uint64_t seed)
{
    return [random = std::mt19937_64(seed)](MutableByteSpan out) mutable {
        for (std::uint8_t &byte : out)
            byte = static_cast<std::uint8_t>(random());
    };
}

inline PrivateKey seededKey(std::uint64_t seed)
{
    Secret<32> bytes;
    seededEntropy(seed)(bytes.mutableBytes());
    return PrivateKey(std::move(bytes));
}

inline IpAddress address(std::string_view text)
{
    return IpAddress::parse(text).value_or(IpAddress());
}

inline IpPrefix prefix(std::string_view text)
{
    return IpPrefix::parse(text).value_or(IpPrefix());
}

/// An IPv4 packet with nothing but its header, a number, and `extra` bytes behind it.
inline Bytes numberedPacket(const IpAddress &from, const IpAddress &to, std::uint32_t number,
                            std::size_t extra = 0)
{
    Bytes packet(24 + extra, static_cast<std::uint8_t>(number));
    packet[0] = 0x45;
    packet[2] = static_cast<std::uint8_t>(packet.size() >> 8U);
    packet[3] = static_cast<std::uint8_t>(packet.size());
    std::copy(from.bytes().begin(), from.bytes().end(), packet.begin() + 12);
    std::copy(to.bytes().begin(), to.bytes().end(), packet.begin() + 16);
    for (std::size_t i = 0; i < 4; ++i)
        packet[20 + i] = static_cast<std::uint8_t>(number >> (8 * i));
    return packet;
}

struct LinkOptions
{
    double loss = 0;
    double duplicates = 0;
    Milliseconds delay{10};
    Milliseconds spread{0}; ///< of delays: later ones overtake
};

class ScriptedLink
{
public:
    struct End
    {
        End(std::uint64_t seed, wireguard::CoreOptions options, std::string_view inside,
            std::uint16_t port)
            : core(seededKey(seed), options, seededEntropy(seed ^ 0xfeed)),
              tunnel(address(inside)),
              at{address("192.0.2.1"), port}
        {}

        wireguard::Core core;
        IpAddress tunnel;
        Endpoint at;
        wireguard::PeerId peer{};
        std::vector<std::uint32_t> received; ///< numbers of packets, in their order
        std::map<wireguard::MessageType, int> sent;
    };

    explicit ScriptedLink(std::uint64_t seed, LinkOptions between = {},
                          wireguard::CoreOptions options = {})
        : a(seed * 2 + 1, options, "10.0.0.1", 1001),
          b(seed * 2 + 2, options, "10.0.0.2", 1002),
          link(between),
          m_random(seed)
    {}

    /// `keepalive` of a's.
    void join(bool bKnowsA = true, Seconds keepalive = Seconds(0), const Bytes &preshared = {})
    {
        a.peer = add(a, b, true, keepalive, preshared);
        b.peer = add(b, a, bKnowsA, Seconds(0), preshared);
    }

    [[nodiscard]] Clocks now() const { return {time, WallTime{1'700'000'000'000 + time.ms}}; }

    /// One packet into the tunnel.
    void send(End &from, std::uint32_t number, std::size_t extra = 0)
    {
        const End &to = &from == &a ? b : a;
        const Bytes packet = numberedPacket(from.tunnel, to.tunnel, number, extra);
        Bytes room(wireguard::HeadRoom + packet.size() + wireguard::TailRoom);
        std::copy(packet.begin(), packet.end(), room.begin() + wireguard::HeadRoom);
        std::array<wireguard::OutgoingPacket, 1> out{{{room, packet.size()}}};
        from.core.send(now(), out);
        drain(from);
        if (!out[0].datagram.empty())
            carry(from, Bytes(out[0].datagram.begin(), out[0].datagram.end()), out[0].to);
    }

    /// The two know each other, and a packet of a's has brought the first session.
    void begin(std::uint32_t number)
    {
        join();
        send(a, number);
        run(Milliseconds(100));
    }

    /// Lets time go by, stopping at whatever is to be done.
    void run(Milliseconds duration)
    {
        const BootTime end = time + duration;
        while (true) {
            BootTime next = std::min({end, a.core.deadline(), b.core.deadline()});
            if (!m_underWay.empty())
                next = std::min(next, m_underWay.begin()->first);
            time = std::max(time, next);
            while (!m_underWay.empty() && m_underWay.begin()->first <= time) {
                const auto arrival = m_underWay.extract(m_underWay.begin());
                deliver(arrival.mapped());
            }
            for (End *one : {&a, &b}) {
                one->core.advance(now());
                drain(*one);
            }
            if (time >= end && a.core.deadline() > time && b.core.deadline() > time &&
                (m_underWay.empty() || m_underWay.begin()->first > time))
                return;
        }
    }

    /// Gives an end a datagram as if it came from somewhere.
    void inject(End &to, Bytes datagram, const Endpoint &from)
    {
        const std::array<MutableByteSpan, 1> in{MutableByteSpan(datagram)};
        std::array<wireguard::IncomingPacket, 1> out{};
        if (to.core.receive(now(), from, in, out) == 1 && out[0].packet.size() >= 24)
            to.received.push_back(
                static_cast<std::uint32_t>(out[0].packet[20] | out[0].packet[21] << 8 |
                                           out[0].packet[22] << 16 | out[0].packet[23] << 24));
        drain(to);
    }

    [[nodiscard]] bool bothHaveSessions() const
    {
        return a.core.status(a.peer)->hasSession && b.core.status(b.peer)->hasSession;
    }

    End a;
    End b;
    LinkOptions link;
    BootTime time{1'000'000};
    std::vector<Bytes> seen; ///< all that was sent, as an eavesdropper has it

private:
    struct Arrival
    {
        End *to;
        Bytes datagram;
        Endpoint from;
    };

    wireguard::PeerId add(End &end, const End &other, bool endpoint, Seconds keepalive,
                          const Bytes &preshared)
    {
        wireguard::PeerOptions options;
        options.publicKey = other.core.publicKey();
        if (!preshared.empty())
            options.preshared = Secret<32>(std::span<const std::uint8_t, 32>(preshared.data(), 32));
        if (endpoint)
            options.endpoint = other.at;
        options.allowedIps = {prefix(other.tunnel.toString() + "/32")};
        options.persistentKeepalive = keepalive;
        const auto id = end.core.addPeer(time, std::move(options));
        return id ? *id : wireguard::PeerId{};
    }

    bool happens(double probability)
    {
        return std::uniform_real_distribution<double>(0, 1)(m_random) < probability;
    }

    void drain(End &end)
    {
        while (auto transmission = end.core.nextTransmission())
            carry(end, std::move(transmission->datagram), transmission->to);
    }

    void carry(End &from, Bytes datagram, const Endpoint &to)
    {
        if (const auto type = wireguard::messageType(datagram))
            ++from.sent[*type];
        seen.push_back(datagram);
        End *end = to == a.at ? &a : to == b.at ? &b : nullptr;
        if (end == nullptr)
            return;
        for (int copies = happens(link.duplicates) ? 2 : 1; copies > 0; --copies) {
            if (happens(link.loss))
                continue;
            const auto spread =
                std::uniform_int_distribution<std::int64_t>(0, link.spread.count())(m_random);
            m_underWay.emplace(time + link.delay + Milliseconds(spread),
                               Arrival{end, datagram, from.at});
        }
    }

    void deliver(Arrival arrival)
    {
        inject(*arrival.to, std::move(arrival.datagram), arrival.from);
    }

    std::mt19937_64 m_random;
    std::multimap<BootTime, Arrival> m_underWay;
};

} // namespace higgs::test
