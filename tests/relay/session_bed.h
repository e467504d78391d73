// SPDX-License-Identifier: GPL-3.0-or-later
// A relay session's core on a bed: its two ends, a clock, and what each end saw, in words.
#pragma once

#include "server/relay/relay_session.h"
#include "shared/protocol/relay_message.h"

namespace higgs::test {

using namespace higgs::relay;
using namespace std::chrono_literals;
using protocol::ControlAction;
using protocol::Direction;
using protocol::RelayMessage;

inline const SessionId Session = *SessionId::parse("0f8fad5b-d9cb-469f-a165-70867728950e");
inline const SessionId Foreign = *SessionId::parse("7c9e6679-7425-40de-944b-e07fc1f90ae7");
constexpr WallTime Start{1'704'067'200'000};
/// Where both ends come from unless it is said.
inline const IpAddress Home = *IpAddress::parse("192.0.2.1");

/// What the two ends of a session saw, in words: "text:connected", "binary:3", "close:1000 ...".
struct Seen
{
    std::array<std::vector<std::string>, RoleCount> at;
    std::vector<SessionEnd> ends;
    std::vector<std::string> candidates;

    std::vector<std::string> take(Role role) { return std::exchange(at[indexOf(role)], {}); }
};

inline std::string word(std::string_view text)
{
    const Result<RelayMessage> message = protocol::decodeRelayText(text);
    if (!message)
        return "undecodable: " + message.error().detail;
    std::string direction(toString(message->direction));
    if (const auto *data = std::get_if<protocol::RelayData>(&message->payload))
        return direction + " data:" + std::to_string(data->datagram.size());
    if (const auto *beat = std::get_if<protocol::RelayHeartbeat>(&message->payload))
        return direction + " heartbeat:" + std::to_string((beat->timestamp - Start).count());
    const auto &control = std::get<protocol::RelayControl>(message->payload);
    return direction + " " + std::string(toString(control.action)) +
           (control.errorCode ? ":" + *control.errorCode : std::string());
}

inline std::vector<protocol::Candidate> decodedCandidates(const std::string &text)
{
    return std::get<protocol::RelayControl>(protocol::decodeRelayText(text)->payload).candidates;
}

class Bed
{
public:
    static constexpr Seconds Forsaken{60};
    RelayCounters counters;
    HeldBytes held{1 << 20};
    RelaySession core{Session, Monotonic{} + 1000h + 3600s, counters, held};
    Seen seen;
    std::array<std::size_t, RoleCount> given{}; ///< candidates that each end got by the relay
    Milliseconds elapsed{0};

    [[nodiscard]] Now now() const { return {Monotonic{} + 1000h + elapsed, Start + elapsed}; }

    void come(Role role, const IpAddress &from = Home)
    {
        core.attach(now(), role, from);
        drain();
    }
    void go(Role role, std::optional<std::uint16_t> code = std::nullopt)
    {
        core.detach(now(), role, code);
        drain();
    }
    void both()
    {
        come(Role::Client);
        come(Role::Node);
        seen = {};
    }
    void say(Role role, std::string_view text)
    {
        core.text(now(), role, text);
        drain();
    }
    /// Sends binary messages of these sizes; what passes is noted at the other end.
    void send(Role role, std::initializer_list<std::size_t> sizes)
    {
        std::vector<Bytes> bodies;
        for (const std::size_t size : sizes)
            bodies.emplace_back(size, std::uint8_t{7});
        const std::vector<ByteSpan> batch(bodies.begin(), bodies.end());
        const Routing routing = core.route(now().monotonic, role, batch);
        for (const ByteSpan datagram : routing.forward)
            note(otherEnd(role), routing.asJson, datagram.size());
        drain();
    }
    void pass(Milliseconds time)
    {
        elapsed += time;
        // As the relay's thread does it, which looks at nobody before.
        if (now().monotonic >= core.deadline(Forsaken))
            core.tick(now());
        drain();
    }
    void drain()
    {
        while (const std::optional<RelayOutput> output = core.poll())
            std::visit([this](const auto &each) { apply(each); }, *output);
    }
    [[nodiscard]] std::uint64_t drops(DropReason reason) const
    {
        return counters.dropped[static_cast<std::size_t>(reason)].value();
    }

private:
    void note(Role to, bool asJson, std::size_t size)
    {
        seen.at[indexOf(to)].push_back((asJson ? "json:" : "binary:") + std::to_string(size));
    }
    void apply(const SendText &out)
    {
        seen.at[indexOf(out.to)].push_back(word(out.text));
        if (word(out.text).ends_with(" candidates"))
            given[indexOf(out.to)] += decodedCandidates(out.text).size();
    }
    void apply(const SendDatagrams &out)
    {
        for (const Bytes &datagram : out.datagrams)
            note(out.to, out.asJson, datagram.size());
    }
    void apply(const CloseLeg &out)
    {
        seen.at[indexOf(out.leg)].push_back("close:" + std::to_string(out.code) + " " +
                                            std::string(out.reason));
    }
    void apply(const CandidatesForNode &out) { seen.candidates.push_back(out.text); }
    void apply(const SessionOver &out) { seen.ends.push_back(out.cause); }
};

inline std::string message(std::string_view type, std::string_view direction,
                           std::string_view payload, const SessionId &session = Session)
{
    return std::string(R"({"type":")") + std::string(type) + R"(","sessionId":")" + session.text() +
           R"(","direction":")" + std::string(direction) + R"(","payload":)" +
           std::string(payload) + "}";
}

inline std::string data(std::string_view direction, std::size_t size)
{
    return message("data", direction, "\"" + toBase64(Bytes(size, 9)) + "\"");
}

inline std::string control(std::string_view direction, std::string_view action)
{
    return message("control", direction, R"({"action":")" + std::string(action) + "\"}");
}

inline std::string candidates(std::string_view direction, std::size_t count)
{
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += (i == 0 ? "" : ",") + std::string(R"({"type":"host","address":"192.0.2.1:)") +
                std::to_string(2000 + i) + "\"}";
    return message("control", direction, R"({"action":"candidates","candidates":[)" + list + "]}");
}

using Words = std::vector<std::string>;

} // namespace higgs::test
