// SPDX-License-Identifier: GPL-3.0-or-later
// Opening a session: where the client is sent, who gives way to it, its place on the nodes, what is
// written down, and how all that is taken back.
#pragma once

#include "server/cache/route_cache.h"
#include "server/services/routing.h"
#include "server/services/server_settings.h"
#include "server/services/session_life.h"

namespace higgs::server {

/// A client that asks for a way.
struct SessionWish
{
    protocol::RoutingRequest request;
    std::string group; ///< SessionRecord::clientGroup
    IpAddress from;
    Milliseconds clientLeg{0}; ///< the round trip to the client; zero where it is not known
    /// That the access key of the group may have open; absent: no key was shown.
    std::optional<std::size_t> keyQuota = {};
    std::string keyName = {}; ///< of the access key; empty: none was shown
};

struct OpenedSession
{
    SessionId told; ///< that the client is told of: of a cascade the one on its entry
    SessionId exit; ///< that ends at the exit: the same one without a cascade
    SecretText token;
    std::vector<protocol::Route> routes; ///< best first; the first is this session's

    [[nodiscard]] bool isCascade() const { return told != exit; }
};

enum class OpeningFailure {
    UnknownNode,
    NodeOffline,
    NodeFull,
    NoMatchingNode,
    NoNodeOnline,
    AllInUse,      ///< every session of this client carries traffic
    KeyInUse,      ///< and of the access key's users, as many as it may have
    ServerFull,    ///< Limits::sessions
    WaitingToJoin, ///< too many of the client's network have not come yet
    TooManyOpen,   ///< of the client's network
    StorageAway,   ///< it failed, or was late: nothing of the session is left
};

struct OpeningRefused
{
    OpeningFailure why = OpeningFailure::NoNodeOnline;
    std::string detail = {}; ///< of StorageAway, for the log
};

class SessionOpening
{
public:
    /// All of it must outlive the service.
    struct Parts
    {
        const ServerSettings &settings;
        const InstanceDirectory &instances;
        const NodeRegistry &nodes;
        SessionTable &sessions;
        Routing &routing;
        RouteCache &routeCache;
        SessionLife &life;
        Storage &storage;
        ClusterOut &cluster;
    };
    using Outcome = std::variant<OpenedSession, OpeningRefused>;
    using Answer = std::function<void(Outcome)>;

    explicit SessionOpening(Parts parts) : m_parts(parts) {}

    /// Answers once: at once when it refuses, else when the session is written down, for
    /// Limits::storageAnswer at most. The nodes have been told by then.
    void open(const SessionWish &wish, Answer answer);

private:
    struct Opening;

    /// Where a client is sent.
    struct Choice
    {
        std::vector<ScoredRoute> routes; ///< to exits, best first
        NodeId entry;                    ///< of a cascade; null: none

        [[nodiscard]] bool isCascade() const { return !entry.isNull(); }
    };

    std::variant<Choice, RoutingFailure> choose(const SessionWish &wish, const PlaceSeeker &seeker);
    /// The client's own sessions that give way to a new one; what it displaces of others is ended.
    std::variant<std::vector<SessionId>, OpeningFailure>
    makeRoom(const SessionWish &wish, const Choice &choice, const PlaceSeeker &seeker);
    [[nodiscard]] bool makeRoomOfKey(const SessionWish &wish, std::size_t count, BootTime now,
                                     std::vector<SessionId> &giveWay) const;
    [[nodiscard]] std::optional<OpeningFailure> makeRoomInNetwork(const PlaceSeeker &seeker);
    void makePlaceOn(const NodeId &node, const PlaceSeeker &seeker);
    protocol::Route routeOf(const SessionWish &wish, const NodeId &entry,
                            const ScoredRoute &scored);
    void place(const SessionWish &wish, const Choice &choice, std::vector<SessionId> giveWay,
               Answer answer);
    /// Keeps a cascade's two sessions, or one: what is to be written down, the one that the client
    /// is told of first. Unavailable when a node has no address left.
    Result<std::vector<SessionRecord>> keep(SessionRecord record, const SessionWish &wish,
                                            const Choice &choice);
    void writeDown(const std::shared_ptr<Opening> &opening, std::vector<SessionRecord> records);
    /// Another server has given an address away meanwhile: the same with others.
    bool tryOtherAddresses(const std::shared_ptr<Opening> &opening);
    void written(const std::shared_ptr<Opening> &opening, const Result<void> &stored);

    Parts m_parts;
    QObject m_context; ///< of the storage's answers
};

} // namespace higgs::server
