// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/limits.h"

#include <array>
#include <cmath>
#include <string>

namespace higgs::server {

namespace {

constexpr std::array<std::string_view, RateClassCount> RateNames = {
    "read", "register", "heartbeat",  "metrics", "routing", "session",
    "turn", "signal",   "relay-open", "probe",   "login",   "work",
};

constexpr double LargestValue = 1e9;
constexpr double LongestDuration = 1e11; // three years, in milliseconds

// One list drives set() and forEach(): name, smallest value, reader, writer.
struct Entry
{
    std::string_view name;
    double minimum;
    double (*read)(const Limits &);
    void (*write)(Limits &, double);
    double maximum = LargestValue;
};

template <auto Member>
constexpr Entry count(std::string_view name, double minimum)
{
    return {name, minimum, [](const Limits &l) { return static_cast<double>(l.*Member); },
            [](Limits &l, double v) {
                l.*Member = static_cast<std::remove_reference_t<decltype(l.*Member)>>(v);
            }};
}

template <auto Member>
constexpr Entry duration(std::string_view name)
{
    return {name, 1, [](const Limits &l) { return static_cast<double>((l.*Member).count()); },
            [](Limits &l, double v) { l.*Member = Milliseconds(static_cast<std::int64_t>(v)); }};
}

/// One that no timer is set to.
template <auto Member>
constexpr Entry longDuration(std::string_view name)
{
    Entry entry = duration<Member>(name);
    entry.maximum = LongestDuration;
    return entry;
}

template <auto Caps, auto Member>
constexpr Entry cap(std::string_view name)
{
    return {name, 1, [](const Limits &l) { return static_cast<double>(l.*Caps.*Member); },
            [](Limits &l, double v) { l.*Caps.*Member = static_cast<std::size_t>(v); }};
}

template <auto Member, auto Part>
constexpr Entry rate(std::string_view name)
{
    return {name, 1, [](const Limits &l) { return l.*Member.*Part; },
            [](Limits &l, double v) { l.*Member.*Part = v; }};
}

constexpr Entry Entries[] = {
    count<&Limits::bodyBytes>("body-bytes", 1024),
    count<&Limits::headerBytes>("header-bytes", 1024),
    duration<&Limits::tlsHandshake>("tls-handshake"),
    duration<&Limits::headerDeadline>("header-deadline"),
    duration<&Limits::bodyDeadline>("body-deadline"),
    duration<&Limits::idle>("idle"),
    duration<&Limits::answerDeadline>("answer-deadline"),
    duration<&Limits::sendDeadline>("send-deadline"),
    count<&Limits::sendBytesPerSecond>("send-bytes-per-second", 1024),
    count<&Limits::heldBytesPerAddress>("held-bytes-per-address", 256 * 1024),
    count<&Limits::heldBytes>("held-bytes", 1024 * 1024),
    count<&Limits::connectionsPerAddress>("connections-per-address", 1),
    count<&Limits::connectionsPerNetwork>("connections-per-network", 1),
    count<&Limits::connectionsPerSite>("connections-per-site", 1),
    count<&Limits::connections>("connections", 1),
    rate<&Limits::handshakesPerAddress, &RateLimit::perMinute>("handshake-per-minute"),
    rate<&Limits::handshakesPerAddress, &RateLimit::burst>("handshake-burst"),
    rate<&Limits::handshakesPerNetwork, &RateLimit::perMinute>("handshake-network-per-minute"),
    rate<&Limits::handshakesPerNetwork, &RateLimit::burst>("handshake-network-burst"),
    rate<&Limits::handshakesPerSite, &RateLimit::perMinute>("handshake-site-per-minute"),
    rate<&Limits::handshakesPerSite, &RateLimit::burst>("handshake-site-burst"),
    count<&Limits::handshakesWaiting>("handshakes-waiting", 1),
    count<&Limits::bodyBytesPerToken>("body-bytes-per-token", 1),
    count<&Limits::network56Factor>("network-56-factor", 1),
    count<&Limits::network48Factor>("network-48-factor", 1),
    count<&Limits::rateAddresses>("rate-addresses", 3),
    count<&Limits::routeCacheBytes>("route-cache-bytes", 64 * 1024),
    count<&Limits::answerCacheBytes>("answer-cache-bytes", 64 * 1024),
    count<&Limits::nodes>("nodes", 1),
    cap<&Limits::nodesOf, &NetworkCaps::address>("nodes-per-address"),
    cap<&Limits::nodesOf, &NetworkCaps::site>("nodes-per-site"),
    cap<&Limits::nodesOf, &NetworkCaps::network>("nodes-per-network"),
    longDuration<&Limits::nodeForgotten>("node-forgotten"),
    longDuration<&Limits::unprovenForgotten>("unproven-forgotten"),
    count<&Limits::sessions>("sessions", 1),
    count<&Limits::sessionsPerClient>("sessions-per-client", 1),
    count<&Limits::sessionsPerKey>("sessions-per-key", 1),
    cap<&Limits::sessionsOf, &NetworkCaps::address>("sessions-per-address"),
    cap<&Limits::sessionsOf, &NetworkCaps::site>("sessions-per-site"),
    cap<&Limits::sessionsOf, &NetworkCaps::network>("sessions-per-network"),
    cap<&Limits::waitingSessions, &NetworkCaps::address>("waiting-sessions-per-address"),
    cap<&Limits::waitingSessions, &NetworkCaps::site>("waiting-sessions-per-site"),
    cap<&Limits::waitingSessions, &NetworkCaps::network>("waiting-sessions-per-network"),
    duration<&Limits::firstConnection>("first-connection"),
    duration<&Limits::waitingIsSafe>("waiting-is-safe"),
    duration<&Limits::unansweredIsSafe>("unanswered-is-safe"),
    duration<&Limits::sessionAbandoned>("session-abandoned"),
    duration<&Limits::storageAnswer>("storage-answer"),
    duration<&Limits::drainNotice>("drain-notice"),
    duration<&Limits::drain>("drain"),
    count<&Limits::metricsRetentionDays>("metrics-retention-days", 1),
    count<&Limits::auditDays>("audit-days", 1),
};

} // namespace

std::string_view toString(RateClass rateClass)
{
    return RateNames[static_cast<std::size_t>(rateClass)];
}

std::size_t Limits::descriptorsNeeded() const
{
    // Strangers, both ends of each session, and each node's signal link.
    return connections + 2 * sessions + nodes + ReservedDescriptors;
}

NetworkCaps Limits::sessionCaps() const
{
    return {std::max(sessionsOf.address, waitingSessions.address),
            std::max(sessionsOf.site, waitingSessions.site),
            std::max(sessionsOf.network, waitingSessions.network)};
}

Result<void> Limits::set(std::string_view name, double value)
{
    const auto tooLarge = [](double largest) {
        return unexpected(ErrorCode::InvalidArgument,
                          "is too large: at most " + std::to_string(std::llround(largest)));
    };
    const auto tooSmall = [](double smallest) {
        return unexpected(ErrorCode::InvalidArgument,
                          "is too small: at least " + std::to_string(std::llround(smallest)));
    };
    if (!std::isfinite(value) || value > LongestDuration)
        return tooLarge(LongestDuration);
    for (const Entry &entry : Entries) {
        if (entry.name != name)
            continue;
        if (value < entry.minimum)
            return tooSmall(entry.minimum);
        if (value > entry.maximum)
            return tooLarge(entry.maximum);
        entry.write(*this, value);
        return {};
    }
    for (std::size_t i = 0; i < RateClassCount; ++i) {
        const std::string prefix(RateNames[i]);
        if (name != prefix + "-per-minute" && name != prefix + "-burst")
            continue;
        if (value < 1)
            return tooSmall(1);
        if (value > LargestValue)
            return tooLarge(LargestValue);
        (name.ends_with("-burst") ? rate[i].burst : rate[i].perMinute) = value;
        return {};
    }
    return unexpected(ErrorCode::InvalidArgument, "unknown limit: " + std::string(name));
}

void Limits::forEach(const std::function<void(std::string_view, double)> &visit) const
{
    for (const Entry &entry : Entries)
        visit(entry.name, entry.read(*this));
    for (std::size_t i = 0; i < RateClassCount; ++i) {
        const std::string prefix(RateNames[i]);
        visit(prefix + "-per-minute", rate[i].perMinute);
        visit(prefix + "-burst", rate[i].burst);
    }
}

} // namespace higgs::server
