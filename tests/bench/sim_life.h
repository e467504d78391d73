// SPDX-License-Identifier: GPL-3.0-or-later
// Simulated nodes and clients that come, stay and go by chance, on servers that act as one; they
// come back by themselves when a server is lost. Checks all the while that nothing is given twice,
// that datagrams reach whom they are for, and that no session is lost that both ends hold. One
// thread.
#pragma once

#include "tests/bench/sim_end.h"
#include "tests/bench/sim_figures.h"
#include "tests/bench/sim_words.h"

#include <map>
#include <memory>
#include <queue>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace higgs::bench {

struct LifeOptions
{
    std::vector<std::uint16_t> ports; ///< of the servers
    std::size_t nodes = 0;
    std::size_t clients = 0;
    // Means, in seconds; who stays for 0 seconds does not leave.
    double nodeStays = 0;
    double nodeAway = 10;
    double clientStays = 0;
    double clientAway = 10;
    double forgotten = 0;    ///< a node that was away for so long may be a stranger; 0: none may
    double beat = 1;         ///< seconds between two datagrams of a client
    double renewal = 0;      ///< seconds between two renewals of a session; 0: none
    unsigned heartbeat = 30; ///< seconds
    unsigned places = 20;    ///< of a node
    double seconds = 60;
    bool firstOnly = false;  ///< clients ask the first server, so that it relays all
    std::size_t window = 64; ///< set up at a time
    std::size_t callers = 16;
    std::uint64_t seed = 1;
};

/// What happened so far, and what is now.
struct LifeFigures
{
    // Now.
    std::size_t nodes = 0;    ///< with a signal link
    std::size_t lately = 0;   ///< nodes that have left, and may still be believed to be there
    std::size_t orphans = 0;  ///< connections that the server is to close
    std::size_t sessions = 0; ///< held by both ends
    std::size_t waiting = 0;  ///< clients that a lost server cost the way, and that have none yet
    std::size_t stuck = 0;    ///< clients that are getting nowhere for long
    // Since the beginning.
    std::size_t comings = 0;   ///< of nodes
    std::size_t strangers = 0; ///< nodes that were forgotten while they were away
    std::size_t opened = 0;    ///< sessions
    std::size_t echoes = 0;
    std::size_t lost = 0;     ///< datagrams, while no server was away and both ends were there
    std::size_t lostAway = 0; ///< datagrams, while one was
    std::size_t unheld = 0; ///< sessions that the servers ended or forgot while both ends held them
    std::size_t doubles = 0;    ///< sessions, addresses or datagrams that came twice or to others
    std::size_t split = 0;      ///< sessions whose ends stood at two servers for long
    std::size_t strange = 0;    ///< answers that nothing explains
    std::size_t refused = 0;    ///< routing requests that were put off or found no node
    std::size_t unanswered = 0; ///< calls that came to nothing while a server or its help was away
};

class SimLife : public SimWatcher
{
public:
    explicit SimLife(const LifeOptions &options);

    /// Lets everybody live for so many seconds more.
    void live(double seconds);
    /// From now on, for a minute, a server or what it needs is away, and ends may be lost by it.
    void lose();
    [[nodiscard]] LifeFigures figures();

    Times back; ///< milliseconds from lose() until a client that lost its way had an echo again

    void established(SimEnd &end) override;
    void answered(SimEnd &end, int status, std::string_view body) override;
    void upgraded(SimEnd &end) override;
    void message(SimEnd &end, bool text, std::string_view payload) override;
    void pinged(SimEnd &end) override;
    void lost(SimEnd &end, std::string_view why) override;

private:
    using Moment = SimClock::time_point;
    enum class Presence : std::uint8_t { Away, Coming, Here };
    enum class Event : std::uint8_t {
        Come,
        Leave,
        Retry,
        Heartbeat,
        Beat,
        Renew,
        NextHome,
        Join,
        Caller
    };

    struct Due
    {
        Moment at;
        Event event;
        bool ofNode;
        std::uint32_t index;
        std::uint32_t epoch; ///< of whom it is about: another one has made it void
        bool operator>(const Due &other) const { return at > other.at; }
    };
    struct Node
    {
        std::string id;
        std::string token;
        std::unique_ptr<SimEnd> link;
        std::unordered_set<std::uint32_t> clients;
        Moment left{};
        Presence presence = Presence::Away;
        std::uint32_t epoch = 0;
        std::uint16_t port = 0;
    };
    struct Client
    {
        std::string session;
        std::string token;
        std::unique_ptr<SimEnd> end;
        std::unique_ptr<SimEnd> leg;
        Moment since{}; ///< it is in this state, or had an echo
        std::uint32_t node = 0;
        std::uint32_t epoch = 0;
        std::uint32_t sent = 0;
        std::uint32_t heard = 0;
        Presence presence = Presence::Away;
        std::uint16_t port = 0;
        std::uint16_t legPort = 0;
        bool hasNode = false;
        bool isConnected = false;
        bool isLegConnected = false;
        bool isWaiting = false; ///< for its way, since a server was lost
        bool isSplit = false;   ///< and counted
    };

    struct Call
    {
        Event event = Event::Caller; ///< what it is not asked to do: it is free
        std::uint32_t index = 0;
        std::uint32_t epoch = 0;
        bool isReady = false;
    };

    void turn();
    void happen(const Due &due);
    void happenToNode(const Due &due);
    void happenToClient(const Due &due);
    void later(double seconds, Event event, bool ofNode, std::uint32_t index);
    [[nodiscard]] double chance(double mean);
    [[nodiscard]] double firstComing(double stays, double away);
    [[nodiscard]] std::uint16_t somePort();
    [[nodiscard]] std::uint16_t otherThan(std::uint16_t port);
    [[nodiscard]] bool isAnythingAway() const;
    std::unique_ptr<SimEnd> start(SimKind kind, std::uint32_t index, std::uint16_t port);
    void bury(std::unique_ptr<SimEnd> &end);
    void orphan(std::unique_ptr<SimEnd> &end);
    /// A caller that is free, and from now on has that call; nullptr if none is.
    SimEnd *callerFor(Event event, std::uint32_t index, std::uint32_t epoch);
    void say(const char *what, std::uint32_t index, int status, std::string_view body);

    void nodeComes(std::uint32_t index);
    void nodeIsHere(std::uint32_t index);
    void nodeLeaves(std::uint32_t index);
    void nodeAnswered(std::uint32_t index, SimEnd &end, int status, std::string_view body);
    void heartbeat(std::uint32_t index);
    void told(std::uint32_t node, std::string_view text);
    void join(std::uint32_t node, std::uint32_t client, std::uint16_t port);

    void clientComes(std::uint32_t index);
    void clientAnswered(std::uint32_t index, SimEnd &end, int status, std::string_view body);
    void clientLeaves(std::uint32_t index, double away);
    void comeBack(std::uint32_t index);
    void clientIsHere(std::uint32_t index);
    void clientLost(std::uint32_t index, std::string_view why);
    void legAnswered(SimEnd &end, int status);
    void legLost(SimEnd &end);
    void beat(std::uint32_t index);
    void renew(std::uint32_t index);
    void echoed(std::uint32_t index, std::string_view payload);
    void callerAnswered(SimEnd &end, int status, std::string_view body);

    LifeOptions m_options;
    SSL_CTX *m_context;
    int m_epoll;
    SimWords m_words;
    LifeFigures m_figures;
    std::vector<Node> m_nodes;
    std::vector<Client> m_clients;
    std::vector<Call> m_calls; ///< of each caller, the one that is under way
    std::vector<std::unique_ptr<SimEnd>> m_callers;
    std::vector<std::unique_ptr<SimEnd>> m_dead;
    std::unordered_map<SimEnd *, std::unique_ptr<SimEnd>>
        m_orphans;                                             ///< that the server is to close
    std::unordered_map<std::string, std::uint32_t> m_sessions; ///< live, by id
    std::unordered_map<std::string, std::pair<std::uint32_t, std::uint16_t>>
        m_early;                                              ///< told before
    std::unordered_map<std::string, std::string> m_addresses; ///< "node address" -> session
    std::unordered_set<std::string> m_given;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> m_due;
    Moment m_lostAt{};
    std::size_t m_coming = 0;
    std::size_t m_said = 0;
};

} // namespace higgs::bench
