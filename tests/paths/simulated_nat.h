// SPDX-License-Identifier: GPL-3.0-or-later
// A network in memory for the NAT classifier: a client, a router of any kind in front of it, and
// STUN servers with one or two addresses behind a line that loses and delays, on a clock of its
// own.
#pragma once

#include "shared/net/stun_answer.h"
#include "shared/paths/nat_classifier.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace higgs {

struct SimulatedNat
{
    enum class Maps { Nothing, Once, ByAddress, ByPort, InOrder };
    enum class Filters { Nothing, Address, Port };

    Maps maps = Maps::Once;
    Filters filters = Filters::Port;
    bool blocksUdp = false;
    double loss = 0;
    unsigned others = 0; ///< mappings that other hosts take between two of ours
    Milliseconds delay{20};
    std::vector<StunPlaces> servers{
        {*Endpoint::parse("198.18.0.1:3478"), {*IpAddress::parse("198.18.0.2")}, 3479}};
    unsigned seed = 1;

    const Endpoint inside = *Endpoint::parse("192.168.1.2:50000");
    const IpAddress outside = *IpAddress::parse("203.0.113.7");

    /// Until it is done; the whole conversation.
    NatFindings classify(std::vector<Endpoint> asked, std::optional<NatFindings> before = {})
    {
        return finish(NatClassifier(std::move(asked), m_now, std::move(before)));
    }
    NatFindings mapping(std::vector<Endpoint> asked)
    {
        return finish(NatClassifier::ofMapping(std::move(asked), m_now));
    }
    NatFindings finish(NatClassifier core)
    {
        while (!core.isDone()) {
            protocol::StunTransactionId transaction{};
            std::generate(transaction.begin() + 4, transaction.end(),
                          [this] { return static_cast<std::uint8_t>(m_random()); });
            while (const auto question = core.poll(m_now, transaction)) {
                send(*question);
                std::generate(transaction.begin() + 4, transaction.end(),
                              [this] { return static_cast<std::uint8_t>(m_random()); });
            }
            if (core.isDone())
                break;
            const auto arrival = m_arrivals.begin();
            if (arrival == m_arrivals.end() || arrival->first > core.deadline()) {
                m_now = std::max(m_now, core.deadline());
                continue;
            }
            m_now = arrival->first;
            const StunReply reply = arrival->second;
            m_arrivals.erase(arrival);
            if (const auto message = protocol::decodeStun(reply.bytes))
                core.handle(m_now, *message, reply.from, inside);
        }
        m_arrivals.clear();
        return core.findings();
    }
    NatFindings classify() { return classify({servers.front().primary}); }

    void pass(Milliseconds time) { m_now += time; }
    /// Of a router that was switched off and on.
    void forget()
    {
        m_ports.clear();
        m_spoken.clear();
    }

private:
    using Key = std::pair<Endpoint, int>;

    bool lost() { return std::uniform_real_distribution<>(0, 1)(m_random) < loss; }

    Endpoint mappedFor(const Endpoint &to)
    {
        if (maps == Maps::Nothing)
            return inside;
        Endpoint key;
        if (maps == Maps::ByAddress)
            key.address = to.address;
        else if (maps != Maps::Once)
            key = to;
        if (!m_ports.contains(key)) {
            if (maps == Maps::InOrder)
                m_lastPort = static_cast<std::uint16_t>(m_lastPort + 1 + others);
            else
                m_lastPort = static_cast<std::uint16_t>(1024 + m_random() % 60000);
            m_ports[key] = m_lastPort;
        }
        return {outside, m_ports[key]};
    }

    bool passes(const Endpoint &mapped, const Endpoint &from) const
    {
        return filters == Filters::Nothing ||
               std::any_of(m_spoken.begin(), m_spoken.end(), [&](const auto &spoken) {
                   return spoken.first == mapped && spoken.second.address == from.address &&
                          (filters == Filters::Address || spoken.second.port == from.port);
               });
    }

    void send(const NatClassifier::Question &question)
    {
        const Endpoint mapped = mappedFor(question.to);
        m_spoken.insert({mapped, question.to});
        if (blocksUdp || lost())
            return;
        for (const StunPlaces &places : servers) {
            const Endpoint &to = question.to;
            const bool second =
                std::count(places.alternates.begin(), places.alternates.end(), to.address) > 0;
            const bool byPort = to.port == places.primary.port ||
                                (places.hasTwoPorts() && to.port == places.alternatePort);
            if (!byPort || (to.address != places.primary.address && !second))
                continue;
            const auto reply = answerStun({question.message, mapped, to, places.other(to),
                                           StunTransport::Udp, places.otherPort(to)});
            if (reply && !lost() && passes(mapped, reply->from))
                m_arrivals.emplace(m_now + delay, *reply);
        }
    }

    Monotonic m_now = Monotonic() + Seconds(1000);
    std::mt19937 m_random{seed};
    std::uint16_t m_lastPort = 61000;
    std::map<Endpoint, std::uint16_t> m_ports;
    std::set<std::pair<Endpoint, Endpoint>> m_spoken; ///< by which mapping, with whom
    std::multimap<Monotonic, StunReply> m_arrivals;
};

} // namespace higgs
