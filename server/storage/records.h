// SPDX-License-Identifier: GPL-3.0-or-later
// What boson-server remembers: nodes, sessions, access keys and metrics, as plain values.
#pragma once

#include "server/instance_id.h"
#include "server/storage/access_key_record.h"
#include "server/storage/session_ending.h"
#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/ids.h"
#include "shared/protocol/country_code.h"
#include "shared/protocol/key_text.h"
#include "shared/protocol/nat_type.h"
#include "shared/protocol/rest_routing.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::server {

/// A registered node, as its latest registration described it.
struct NodeRecord
{
    NodeId id;
    protocol::KeyText publicKey;
    protocol::NatType natType = protocol::NatType::Unknown;
    std::uint16_t localPort = 0;
    std::optional<IpAddress> ipv4;
    std::optional<IpAddress> ipv6;
    std::optional<Endpoint> mapped;
    unsigned maxConnections = 1;         ///< none for a node that does not route or translate
    std::optional<double> bandwidthUp;   ///< Mbit/s
    std::optional<double> bandwidthDown; ///< Mbit/s
    protocol::CountryCode country;
    std::string region; ///< empty when not given
    std::optional<double> latitude;
    std::optional<double> longitude;
    Seconds heartbeatInterval = Seconds(30);
    bool approved = true;
    bool maintenance = false; ///< the operator empties it: nobody is sent there
    /// Carried in every token of the node; renewed with the key, so that older tokens are dead.
    std::string tokenGeneration;
    IpAddress from; ///< where its latest registration came from; null for one of an older version
    /// The digest of the access key that it registered with last; empty: with none.
    std::string accessKey;
    std::int64_t lastProof = 0; ///< the timestamp of the latest accepted proof, milliseconds
    WallTime registeredAt;
    WallTime lastSeen;

    friend bool operator==(const NodeRecord &, const NodeRecord &) = default;
};

/// A registration that is to be written down in the sight of every server on the database.
struct NodeClaim
{
    NodeRecord node;
    std::size_t homesOfKey = 0; ///< the most that its access key may have; 0: they are not counted
};

/// A relay session (specification 2.4) that has not ended.
struct SessionRecord
{
    SessionId id;
    NodeId node;
    ClientId client;
    /// Who counts for the limit of sessions per client: a digest of the access key's name and one
    /// of the client's id, or, without a key, one of its id and address.
    std::string clientGroup;
    RouteId route;
    protocol::RouteType routeType = protocol::RouteType::Relay;
    std::string tokenDigest; ///< hex SHA-256 of the session token; the token itself is not kept
    std::optional<protocol::KeyText> clientKey;
    protocol::NatType clientNatType = protocol::NatType::Unknown;
    std::optional<Endpoint> clientMapped;
    std::uint32_t addressIndex = 0; ///< host part of the tunnel address, unique per node
    WallTime createdAt;
    WallTime expiresAt;
    InstanceId instance; ///< the server that relays it; null for one of an earlier version

    friend bool operator==(const SessionRecord &, const SessionRecord &) = default;
};

/// A server among those on one database.
struct ClusterEntry
{
    InstanceId instance;
    unsigned number = 0; ///< unlike any other's; given by the database
    /// What all of them must share, hex by name, so that each honours what another has signed.
    std::vector<std::pair<std::string, std::string>> secrets;
};

/// Sessions that are to be written down in the sight of every server on the database: what only
/// one may have is decided there.
struct SessionClaim
{
    std::vector<SessionRecord> sessions; ///< a cascade's two, or one
    std::vector<SessionId> givingWay;    ///< the client's own, which are not counted any more
    /// The most that the client may have, and asks for the node's places to be counted, too; 0
    /// where no other server opens sessions, as this one has counted already.
    std::size_t perClient = 0;
    /// The most that all clients of the access key may have, whose part of the sessions' group
    /// keyPartOf() is; 0: no key was shown, or as above.
    std::size_t perKey = 0;
    /// Whose access key it was, for the journal; empty: nobody's. Absent: none is kept.
    std::optional<std::string> journalKey = {};
};

/// Whose session was on a node, of the journal.
struct JournalRow
{
    SessionId session;
    std::string keyName; ///< empty: no key was shown
    WallTime began;
    std::optional<WallTime> ended; ///< absent: it goes on
};

/// What the journal says of a time.
struct JournalAnswer
{
    int days = 0; ///< that it is kept; 0: not at all
    std::vector<JournalRow> rows;
};

/// What the operator asks of a node, until the node has been told.
struct NodeOrder
{
    enum class Kind { Refresh, Restart, Maintenance };

    NodeId node;
    Kind kind = Kind::Refresh;
    bool on = false;               ///< of Maintenance: begins, or is over
    std::optional<Seconds> within; ///< of Maintenance: after which who is still there has to go
    WallTime givenAt;

    friend bool operator==(const NodeOrder &, const NodeOrder &) = default;
};

/// Whom the operator keeps out.
struct BanRecord
{
    enum class Kind { Key, Node, Network };

    Kind kind = Kind::Network;
    std::string subject; ///< an access key's name, a node's id, or a prefix as IpPrefix spells it
    std::string nodeKey; ///< of a node: the public key that it had, in base64
    std::string reason;  ///< the operator's words; not told to anybody else
    WallTime createdAt;
    std::optional<WallTime> until; ///< absent: until it is lifted

    friend bool operator==(const BanRecord &, const BanRecord &) = default;
};

/// One minute of one node: means of gauges, last values of counters.
struct MetricsRecord
{
    NodeId node;
    WallTime minute;
    unsigned samples = 0;
    std::optional<double> latency;
    std::optional<double> jitter;
    std::optional<double> packetLoss;
    std::optional<double> cpuUsage;
    std::optional<double> memoryUsage;
    std::optional<double> diskUsage;
    std::optional<double> loadAverage;
    std::optional<double> bandwidthUp;
    std::optional<double> bandwidthDown;
    std::optional<double> packetsSent;
    std::optional<double> packetsReceived;
    std::optional<double> packetErrors;
    std::optional<double> bytesSent;
    std::optional<double> bytesReceived;
    std::optional<double> connectionsActive;
    std::optional<double> connectionsTotal;
    std::optional<double> connectionsFailed;

    friend bool operator==(const MetricsRecord &, const MetricsRecord &) = default;
};

/// How many rows of a kind there are; the kind is a literal.
struct KeptRows
{
    std::string_view what;
    std::int64_t rows = 0;
};

/// Everything that a starting server takes up again.
struct StoredState
{
    std::vector<NodeRecord> nodes;
    std::vector<SessionRecord> sessions;
    std::vector<AccessKeyRecord> accessKeys;
    std::vector<NodeOrder> orders; ///< the oldest first
    std::vector<BanRecord> bans;   ///< those that have ended, too, until they are swept
    std::int64_t adminRevision = 0;
};

} // namespace higgs::server
