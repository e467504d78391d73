// SPDX-License-Identifier: GPL-3.0-or-later
// Every limit of boson-server in one place. Each can be overridden by `[limits] name=value` in the
// INI file, BOSON_LIMITS_NAME in the environment or `--limit name=value`; SIGHUP reloads the file.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <cstddef>
#include <functional>
#include <string_view>

namespace higgs::server {

/// What a token bucket admits from one address: `burst` at once, `perMinute` in the long run.
struct RateLimit
{
    double perMinute = 0;
    double burst = 0;

    friend bool operator==(const RateLimit &, const RateLimit &) = default;
};

/// Descriptors of the process that are no connections: storage, log, clocks, a command's files.
constexpr std::size_t ReservedDescriptors = 256;

/// The route classes that have a bucket of their own.
enum class RateClass : std::uint8_t {
    Read,
    Register,
    Heartbeat,
    Metrics,
    Routing,
    Session,
    Turn,
    Signal,
    RelayOpen,
    Probe, ///< /healthz and /readyz
    Login, ///< tokens tried at the operator's page
    /// Not a route's: milliseconds of the control thread beyond what any request may cost.
    Work,
};
constexpr std::size_t RateClassCount = 12;
/// "read", "register", ...: the label in /metrics and the prefix of the limit's name.
std::string_view toString(RateClass rateClass);

/// How many of something one address may hold: an IPv4 address or an IPv6 /64; an IPv6 /56, which
/// one home has; an IPv4 /24 or an IPv6 /48, which one customer or carrier has.
struct NetworkCaps
{
    std::size_t address = 0;
    std::size_t site = 0;
    std::size_t network = 0;

    friend bool operator==(const NetworkCaps &, const NetworkCaps &) = default;
};

struct Limits
{
    // One request. 64 KB is forty times the largest message of the specification.
    std::size_t bodyBytes = 64 * 1024;
    std::size_t headerBytes = 16 * 1024;

    // A slow or silent connection may hold a descriptor for this long.
    Milliseconds tlsHandshake = Seconds(5);
    Milliseconds headerDeadline = Seconds(10);
    Milliseconds bodyDeadline = Seconds(20);
    Milliseconds idle = Seconds(60);
    // An answer has to be there in this time, and then to be taken: in this time, and as long again
    // as a slow line needs for a long one.
    Milliseconds answerDeadline = Seconds(15);
    Milliseconds sendDeadline = Seconds(30);
    std::size_t sendBytesPerSecond = 16 * 1024;

    // What half-sent requests may hold, and as much again answers that are not taken: of one
    // address (IPv6: of one /48), and of all. A hundred requests of the largest kind at a time.
    std::size_t heldBytesPerAddress = 8 * 1024 * 1024;
    std::size_t heldBytes = 64 * 1024 * 1024;

    // Connections of one address (IPv6: of one /64), of one network (/24 or /56) and of one IPv6
    // site
    // (/48), refused relay legs among them; those that carry a session or a node's signal link are
    // bounded by what they carry.
    std::size_t connectionsPerAddress = 512;
    std::size_t connectionsPerNetwork = 2048;
    std::size_t connectionsPerSite = 4096;
    std::size_t connections = 20'000;
    // TLS handshakes of the same three, counted before any cryptography. One costs 1 ms of the
    // thread that makes them, in turn for each /24 or /48; a restart brings every user of a
    // carrier's NAT back at once.
    RateLimit handshakesPerAddress = {3000, 4000};
    RateLimit handshakesPerNetwork = {6000, 8000};
    RateLimit handshakesPerSite = {12000, 16000};
    // Handshakes begun or awaited; beyond, the network that has the most loses its latest. More
    // would wait for longer than their deadline.
    std::size_t handshakesWaiting = 4096;

    // Generous enough for a carrier-grade NAT full of users, small enough to bound a flood.
    RateLimit rate[RateClassCount] = {
        {3000, 1000}, // read
        {240, 240},   // register
        {1200, 600},  // heartbeat
        {1200, 600},  // metrics
        {1200, 1200}, // routing
        {2400, 2400}, // session renew and delete
        {240, 120},   // turn
        {1200, 600},  // signal
        {6000, 4000}, // relay-open: a restarted server gets every leg back at once
        {1200, 600},  // probe: a monitor asks once a second, and a proxy may have ten
        {6, 6},       // login: a person who mistypes
        {6000, 6000}, // work: a tenth of the control thread
    };
    // A request counts once more for each so many bytes of its body: what reading them costs.
    std::size_t bodyBytesPerToken = 4096;
    // An IPv6 /56 and /48 may have so many times what a /64 may: more subscribers, but not as many
    // as there are /64s.
    double network56Factor = 2;
    double network48Factor = 4;
    // Addresses and networks whose buckets are remembered; the longest unused are forgotten.
    std::size_t rateAddresses = 100'000;

    // What is remembered for speed alone. Ids of routes: eight for each of 18,000 clients in five
    // minutes; the oldest give way. Lists for everybody: two of all nodes.
    std::size_t routeCacheBytes = 16 * 1024 * 1024;
    std::size_t answerCacheBytes = 64 * 1024 * 1024;

    std::size_t nodes = 100'000;
    // A carrier's address has few homes that share at a time; beyond, what never proved anything
    // and is away gives way.
    NetworkCaps nodesOf = {128, 256, 1024};
    // A node that was not heard of for so long is forgotten; one that never showed that it has its
    // key loses nothing by it, as it may register anew.
    Milliseconds nodeForgotten = std::chrono::hours(24 * 30);
    Milliseconds unprovenForgotten = std::chrono::hours(6);

    std::size_t sessions = 100'000;
    std::size_t sessionsPerClient = 8;
    // Of all users of an access key that has no number of its own.
    std::size_t sessionsPerKey = 1000;
    // Sessions of one client's address, joined or not, as each may hold two connections. A
    // carrier's address has some hundreds of people who are here at the same time.
    NetworkCaps sessionsOf = {512, 1024, 2048};
    // Sessions that nobody has joined yet. A client joins within a second or two, so that even a
    // carrier's address has only some of them at a time.
    NetworkCaps waitingSessions = {256, 512, 1024};
    // A new session's client has to come for the first time within this, or gives its place back.
    Milliseconds firstConnection = Seconds(20);
    // On a full node a session that nobody has joined for so long gives way to a client of another
    // address which has fewer of them.
    Milliseconds waitingIsSafe = Seconds(3);
    // And one that was joined so long ago, and got no datagram of the node since. A node without a
    // signal link hears of it with its next heartbeat.
    Milliseconds unansweredIsSafe = Seconds(60);
    // On a full node a session whose client has been away for this long gives its place up. Three
    // times what a client on a bad line needs to come back.
    Milliseconds sessionAbandoned = Seconds(90);

    // The storage gets this long before the API answers 503.
    Milliseconds storageAnswer = Milliseconds(1800);
    // SIGTERM: a balancer that watches /readyz is told for so long that there will be nothing here.
    // What haproxy takes to have looked twice.
    Milliseconds drainNotice = Seconds(5);
    // Then in-flight requests and relay closes get this long.
    Milliseconds drain = Seconds(3);
    int metricsRetentionDays = 30;
    // What operators changed is known for so long, and not after.
    int auditDays = 90;

    /// Descriptors that the process needs to hold all that these limits let in.
    [[nodiscard]] std::size_t descriptorsNeeded() const;

    /// Never less than what may wait.
    [[nodiscard]] NetworkCaps sessionCaps() const;

    [[nodiscard]] const RateLimit &of(RateClass rateClass) const
    {
        return rate[static_cast<std::size_t>(rateClass)];
    }

    /// Sets the limit called `name` ("body-bytes", "register-per-minute", ...); durations are in
    /// milliseconds. InvalidArgument for an unknown name or a value out of range.
    Result<void> set(std::string_view name, double value);
    /// Calls `visit` with every name and its current value, for --help and for reloading.
    void forEach(const std::function<void(std::string_view name, double value)> &visit) const;
};

} // namespace higgs::server
