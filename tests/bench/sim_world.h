// SPDX-License-Identifier: GPL-3.0-or-later
// Simulated nodes with their signal links, clients with their sessions, and callers of the API, all
// on one thread and against one server; checks that no session and no tunnel address comes twice.
#pragma once

#include "tests/bench/sim_end.h"
#include "tests/bench/sim_figures.h"
#include "tests/bench/sim_words.h"

#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace higgs::bench {

struct SimOptions
{
    std::vector<std::uint16_t> ports; ///< of servers that act as one; ends take them in turn
    std::string pid;                  ///< of the first one
    std::size_t nodes = 0;
    std::size_t sessions = 0;
    std::size_t rounds = 1;  ///< of opening and ending all sessions
    double hold = 0;         ///< seconds, with everything open
    unsigned heartbeat = 30; ///< seconds
    std::size_t window = 64; ///< set up at a time
    unsigned places = 20;    ///< of a node
    std::string ask;         ///< heartbeat, routing or register: what callers do for `hold`
    std::size_t callers = 16;
    std::uint64_t seed = 1;
};

class SimWorld : public SimWatcher
{
public:
    explicit SimWorld(const SimOptions &options);

    /// Each until it is done, or `patience` is over: then false.
    bool bringNodes();
    bool openSessions();
    bool endSessions();
    void rest(double seconds);
    /// Callers ask one thing after the other; false if nothing was answered well. `begun` is
    /// called when what they need is there.
    bool ask(const std::function<void()> &begun);

    std::size_t nodesUp = 0;
    std::size_t sessionsUp = 0;
    std::size_t failed = 0;  ///< ends that were lost or refused
    std::size_t doubles = 0; ///< sessions or tunnel addresses that were given twice
    std::size_t answers = 0; ///< of callers, good ones
    std::size_t heartbeats = 0;
    Times nodeTimes;
    Times sessionTimes; ///< from the connection to the echo of a datagram
    Times probeTimes;   ///< of /healthz
    Times askTimes;
    Spread pings;

    void established(SimEnd &end) override;
    void answered(SimEnd &end, int status, std::string_view body) override;
    void upgraded(SimEnd &end) override;
    void message(SimEnd &end, bool text, std::string_view payload) override;
    void pinged(SimEnd &end) override;
    void lost(SimEnd &end, std::string_view why) override;

private:
    struct Node
    {
        std::string id;
        std::string token;
        std::unique_ptr<SimEnd> link;
    };
    struct Session
    {
        std::string id;
        std::string token;
        std::unique_ptr<SimEnd> client;
        std::unique_ptr<SimEnd> leg;
        bool clientConnected = false;
        bool legConnected = false;
        bool echoed = false;
    };

    bool run(double seconds, const std::function<bool()> &isDone);
    void turn(int milliseconds);
    std::unique_ptr<SimEnd> start(SimKind kind, std::uint32_t index);
    void callOut();
    void callAgain(SimEnd &caller);
    void clientAnswered(SimEnd &client, std::string_view body);
    void told(std::uint32_t node, std::string_view text);
    void tryEcho(Session &session);

    SimOptions m_options;
    SSL_CTX *m_context;
    int m_epoll;
    SimWords m_words;
    std::vector<Node> m_nodes;
    std::vector<Session> m_sessions;
    std::unordered_map<std::string, std::uint32_t> m_legs; ///< session id -> index, of clients
    std::unordered_map<std::string, std::uint32_t> m_waitingLegs; ///< session id -> node
    std::unordered_set<std::string> m_given;
    std::unordered_set<std::string> m_addresses; ///< "node address"
    std::vector<std::unique_ptr<SimEnd>> m_callers;
    std::vector<std::unique_ptr<SimEnd>> m_dead;
    std::size_t m_started = 0; ///< nodes or sessions that were begun in this phase
    std::size_t m_settled = 0; ///< of those
    double m_heartbeatsDue = 0;
    std::size_t m_nextHeartbeat = 0;
    std::size_t m_nextCaller = 0;
    std::vector<std::string> m_askedIds; ///< of nodes that callers register now
    std::size_t m_said = 0;
    SimClock::time_point m_lastTurn{};
    SimClock::time_point m_nextProbe{};
    bool m_ending = false;
    bool m_asking = false;
    bool m_priming = false; ///< callers register the nodes whose heartbeats are asked for
};

} // namespace higgs::bench
