// SPDX-License-Identifier: GPL-3.0-or-later
// Accepts connections on a thread of its own and has their TLS handshakes made by others, so that
// whoever serves them only sees established ones, and a flood of the rest costs nobody's requests
// or packets.
#pragma once

#include "server/http/arrival.h"
#include "server/http/connection_census.h"
#include "server/http/fair_queue.h"
#include "server/http/handshake_lane.h"

#include <QObject>
#include <QTimer>
#include <atomic>
#include <deque>
#include <functional>

namespace higgs::server {

/// What was turned away, since the start. Written by the acceptor's thread, read by any.
struct AcceptorCounters
{
    std::atomic<std::uint64_t> rate{0};        ///< too many handshakes of one network
    std::atomic<std::uint64_t> connections{0}; ///< too many connections of one network
    std::atomic<std::uint64_t> full{0};        ///< no descriptor, or too many handshakes at once
    std::atomic<std::uint64_t> failed{0};      ///< handshakes that failed or took too long
};

struct AcceptorSettings
{
    int listening = -1; ///< owned by the acceptor from now on
    Limits limits;
    std::vector<IpPrefix> fronts; ///< who has to say by PROXY header for whom they speak
    std::size_t descriptors = 0;  ///< for connections
    std::size_t lanes = 1;        ///< threads that make handshakes
};

/// Made anywhere, then moved to its thread; all calls are on that.
class TlsAcceptor : public QObject, private EpollSource, private TurnEnd, private ArrivalOwner
{
    Q_OBJECT

public:
    /// `established` is called on the acceptor's thread.
    using Established = std::function<void(TlsConnection)>;

    TlsAcceptor(AcceptorSettings settings, TlsContext context, AcceptorCounters &counters,
                Established established);
    ~TlsAcceptor() override;

    void start();
    /// Accepts nothing more, and drops what is not established.
    void stop();
    void setLimits(const Limits &limits);
    void setContext(TlsContext context);

private:
    void ready(std::uint32_t events) override;
    void turnEnded() override;
    void arrivalReady(Arrival &arrival) override;

    void accepted(int fd, const Endpoint &peer);
    bool admit(Arrival &arrival);
    void frontSpoke(Arrival &arrival);
    void enqueue(Arrival &arrival);
    void dispatch(Arrival &arrival);
    void finished(std::uint64_t id, Arrival::Step step);
    void proceed(Arrival &arrival, Arrival::Step step);
    void await(Arrival &arrival);
    void drop(Arrival &arrival);
    void forget(Arrival &arrival);
    void makeRoom();
    void refuseForLackOfDescriptors();
    void tick();
    [[nodiscard]] bool isFront(const IpAddress &address) const;

    AcceptorSettings m_settings;
    TlsContext m_context;
    AcceptorCounters &m_counters;
    Established m_established;
    ConnectionCensus m_census;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<QTimer> m_timer;
    int m_reserve = -1; ///< given up to refuse a connection when descriptors run out
    std::uint64_t m_nextId = 1;
    std::unordered_map<std::uint64_t, std::unique_ptr<Arrival>> m_arrivals;
    std::deque<std::pair<Monotonic, std::uint64_t>> m_deadlines; ///< of arrivals, gone ones too
    FairQueue m_present;                                         ///< all arrivals
    FairQueue m_waiting; ///< those that have something to read
    std::vector<std::unique_ptr<HandshakeLane>> m_lanes;
    std::vector<std::size_t> m_atWork; ///< of each lane
    Monotonic m_complained{};          ///< about descriptors
};

} // namespace higgs::server
