// SPDX-License-Identifier: GPL-3.0-or-later
// What /metrics is told when somebody asks, gathered from every part of the server.
#include "server/boson.h"

#include "shared/base/log_writer.h"

#include <ctime>
#include <fstream>
#include <unistd.h>

namespace higgs::server {

namespace {

double secondsOf(WallTime time)
{
    return static_cast<double>(time.ms) / 1000;
}

double processorSeconds()
{
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// proc(5): the second figure of statm, in pages.
double residentBytes()
{
    std::ifstream file("/proc/self/statm");
    double whole = 0;
    double resident = 0;
    file >> whole >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

} // namespace

void Boson::gather()
{
    MetricsSnapshot snapshot;
    const NodeRegistry &nodes = m_state.nodes;
    snapshot.nodesPending = static_cast<double>(nodes.count(Node::Tally::Pending));
    snapshot.nodesOnline = static_cast<double>(nodes.count(Node::Tally::Online));
    snapshot.nodesOffline = static_cast<double>(nodes.count(Node::Tally::Offline));
    const SessionTable &sessions = m_state.sessions;
    snapshot.sessionsConnected = static_cast<double>(sessions.connected());
    snapshot.sessionsWaiting = static_cast<double>(sessions.size() - sessions.connected());
    m_metrics.setState(snapshot);
    const relay::RelaySnapshot counted = m_hub.counters();
    RelayFigures figures;
    figures.connections = static_cast<double>(counted.connections);
    for (std::size_t i = 0; i < relay::RoleCount; ++i) {
        figures.bytes[i] = counted.bytes[i];
        figures.frames[i] = counted.frames[i];
        figures.reconnects[i] = counted.reconnects[i];
    }
    m_metrics.setRelay(figures);
    for (std::size_t i = 0; i < counted.dropped.size(); ++i)
        m_metrics.setRelayDropped(relay::nameOf(static_cast<relay::DropReason>(i)),
                                  counted.dropped[i]);
    for (std::size_t i = 0; i < counted.errors.size(); ++i)
        m_metrics.setRelayErrors(relay::nameOf(static_cast<relay::RelayError>(i)),
                                 counted.errors[i]);
    m_metrics.setErrors("metrics_dropped", m_state.metrics.dropped());
    const AcceptorCounters &turnedAway = m_http.turnedAway();
    m_metrics.setRateLimited("handshake", turnedAway.rate);
    m_metrics.setRateLimited("connections", turnedAway.connections);
    m_metrics.setRateLimited("full", turnedAway.full);
    m_metrics.setErrors("handshake", turnedAway.failed);
    gatherCondition();
}

void Boson::gatherCondition()
{
    ConditionFigures figures;
    figures.version = HIGGS_VERSION;
    figures.startedAt = secondsOf(m_began);
    figures.certificateEnds = secondsOf(m_certificateEnds);
    figures.ready = m_state.isReady();
    figures.drained = m_state.standing != Standing::Serving;
    figures.storageUp = m_state.storageUp;
    figures.storageOutages = m_upkeep.storageOutages();
    if (const auto took = m_upkeep.probeTook())
        figures.storageSeconds = took->count();
    figures.instances = static_cast<double>(m_state.instances.live().size());
    if (!m_cluster.isAlone())
        figures.busUp = m_cluster.isUp();
    figures.processorSeconds = processorSeconds();
    figures.residentBytes = residentBytes();
    figures.linesDropped = log::droppedLines();
    m_metrics.setCondition(figures);
    if (m_stun)
        m_metrics.setStun({m_stun->answered(), m_stun->refused()});

    std::map<std::string, double> countries;
    m_state.routing.index().forEachPlace([&countries](const RouteIndex::Place &place) {
        countries[place.country.text()] += static_cast<double>(place.nodes);
    });
    m_metrics.setCountries(countries);

    const Limits &limits = m_state.settings.limits;
    m_metrics.setLimit(
        {"nodes", static_cast<double>(m_state.nodes.size()), static_cast<double>(limits.nodes)});
    m_metrics.setLimit({"sessions", static_cast<double>(m_state.sessions.size()),
                        static_cast<double>(limits.sessions)});
    m_metrics.setLimit({"connections", static_cast<double>(m_http.connections()),
                        static_cast<double>(limits.connections)});
}

} // namespace higgs::server
