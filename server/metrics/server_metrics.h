// SPDX-License-Identifier: GPL-3.0-or-later
// What /metrics says: the families of WIRE.md, with labels of bounded cardinality only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace higgs::server {

/// Gauges and foreign counters, gathered when somebody asks.
struct MetricsSnapshot
{
    double nodesOnline = 0;
    double nodesOffline = 0;
    double nodesPending = 0;
    double sessionsConnected = 0; ///< with both ends on the relay
    double sessionsWaiting = 0;
};

/// The relay's own counters, absolute.
struct RelayFigures
{
    double connections = 0;
    std::uint64_t bytes[2] = {}; ///< client-to-node, node-to-client
    std::uint64_t frames[2] = {};
    std::uint64_t reconnects[2] = {}; ///< client, node
};

/// Something of which there is only so much.
struct LimitFigures
{
    std::string_view name; ///< a literal
    double used = 0;
    double most = 0;
};

/// How the server is, and what it depends on.
struct ConditionFigures
{
    std::string version;
    double startedAt = 0; ///< seconds since 1970, as certificateEnds
    double certificateEnds = 0;
    bool ready = false;
    bool drained = false; ///< takes no new sessions, by the operator's word or as it ends
    bool storageUp = false;
    std::uint64_t storageOutages = 0;     ///< since the start
    std::optional<double> storageSeconds; ///< of the latest probe that came back
    double instances = 1;                 ///< servers that act as one, with this one
    std::optional<bool> busUp;            ///< absent: there are no others
    double processorSeconds = 0;
    double residentBytes = 0;
    std::uint64_t linesDropped = 0; ///< of the log
};

struct StunFigures
{
    std::uint64_t answered = 0;
    std::uint64_t refused = 0; ///< by the rate limit
};

/// Control thread only.
class ServerMetrics
{
public:
    ServerMetrics();
    ~ServerMetrics();

    /// `route` is a pattern and never a path; an unknown method is counted as "OTHER". The time is
    /// that of the route's class ("routing", ...), as each route's own would be some hundred
    /// series.
    void request(std::string_view route, std::string_view method, int status,
                 std::string_view rateClass, double seconds);
    void rateLimited(std::string_view rateClass);
    /// An absolute counter of what is refused before it is a request: handshakes, connections.
    void setRateLimited(std::string_view rateClass, std::uint64_t total);
    void error(std::string_view kind);
    void nodeLatency(double seconds);
    /// Somebody was refused as there is no more of `limit`, which is a literal.
    void limitReached(std::string_view limit);
    /// How late the control thread came to something that was due.
    void controlLag(double seconds);

    void setState(const MetricsSnapshot &snapshot);
    void setRelay(const RelayFigures &figures);
    /// An absolute counter of the relay: dropped frames by reason, errors by kind.
    void setRelayDropped(std::string_view reason, std::uint64_t total);
    void setRelayErrors(std::string_view kind, std::uint64_t total);
    /// An absolute counter of another part's.
    void setErrors(std::string_view kind, std::uint64_t total);

    void setCondition(const ConditionFigures &figures);
    void setStun(const StunFigures &figures);
    void setLimit(const LimitFigures &figures);
    /// Nodes that are online, by ISO 3166-1 code.
    void setCountries(const std::map<std::string, double> &nodes);

    /// Prometheus text format, version 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    struct Families;
    struct ConditionFamilies;
    std::unique_ptr<Families> m_families;
    std::unique_ptr<ConditionFamilies> m_condition;
};

} // namespace higgs::server
