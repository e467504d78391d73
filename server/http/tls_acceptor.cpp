// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/tls_acceptor.h"

#include "shared/base/log.h"
#include "shared/net/tcp_dial.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::server {

namespace {

// Accepted per turn, so that a storm of connections does not starve the handshakes.
constexpr int AcceptsPerTurn = 64;
// Of 1 ms each, given to a lane before the first of them is done: no more, so that turns are taken
// among all who have come meanwhile.
constexpr std::size_t StepsAhead = 2;
constexpr Milliseconds TickInterval{250};
constexpr Seconds ComplaintInterval{10};
// Cryptography for strangers gives way to packets and requests where processors are few.
constexpr int Niceness = 5;

int openReserve()
{
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

} // namespace

TlsAcceptor::TlsAcceptor(AcceptorSettings settings, TlsContext context, AcceptorCounters &counters,
                         Established established)
    : m_settings(std::move(settings)),
      m_context(std::move(context)),
      m_counters(counters),
      m_established(std::move(established)),
      m_census(m_settings.limits, m_settings.descriptors),
      m_reserve(openReserve())
{}

TlsAcceptor::~TlsAcceptor()
{
    stop();
    if (m_reserve >= 0)
        ::close(m_reserve);
}

void TlsAcceptor::start()
{
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), Niceness);
    m_epoll = std::make_unique<EpollSet>();
    for (std::size_t i = 0; i < std::max<std::size_t>(m_settings.lanes, 1); ++i)
        m_lanes.push_back(std::make_unique<HandshakeLane>(
            *this, m_context.share(),
            [this](std::uint64_t id, Arrival::Step step) { finished(id, step); }));
    m_atWork.resize(m_lanes.size());
    m_timer = std::make_unique<QTimer>();
    connect(m_timer.get(), &QTimer::timeout, this, &TlsAcceptor::tick);
    m_timer->start(TickInterval);
    if (m_settings.listening < 0)
        return;
    if (const auto added = m_epoll->add(m_settings.listening, EPOLLIN, *this); !added)
        log::error("http", "cannot accept connections", {{"detail", added.error().detail}});
}

void TlsAcceptor::stop()
{
    if (m_settings.listening >= 0) {
        if (m_epoll)
            m_epoll->remove(m_settings.listening, *this);
        ::close(std::exchange(m_settings.listening, -1));
    }
    // What they are at is finished with them, and heard of by nobody.
    m_lanes.clear();
    while (!m_arrivals.empty()) {
        Arrival &arrival = *m_arrivals.begin()->second;
        arrival.atWork = false;
        if (arrival.doomed)
            forget(arrival);
        else
            drop(arrival);
    }
    if (m_epoll)
        m_epoll->forget(static_cast<TurnEnd &>(*this));
}

void TlsAcceptor::setContext(TlsContext context)
{
    m_context = std::move(context);
    for (const auto &lane : m_lanes)
        lane->setContext(m_context.share());
}

void TlsAcceptor::setLimits(const Limits &limits)
{
    m_settings.limits = limits;
    m_census.setLimits(limits);
}

// --- Accepting -----------------------------------------------------------------------------------

void TlsAcceptor::ready(std::uint32_t)
{
    for (int i = 0; i < AcceptsPerTurn; ++i) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        const int fd = ::accept4(m_settings.listening, reinterpret_cast<sockaddr *>(&address),
                                 &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            Endpoint peer = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&address));
            peer.address = peer.address.unmapped();
            accepted(fd, peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE) {
            refuseForLackOfDescriptors();
            return;
        }
        if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

// Without this a full descriptor table would keep the listening socket readable for ever.
void TlsAcceptor::refuseForLackOfDescriptors()
{
    if (m_reserve >= 0)
        ::close(m_reserve);
    const int fd = ::accept4(m_settings.listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0)
        ::close(fd);
    m_reserve = openReserve();
    ++m_counters.full;
    if (monotonicNow() - m_complained < ComplaintInterval)
        return;
    m_complained = monotonicNow();
    log::sampled(log::Level::Warning, "http",
                 "out of file descriptors, connections refused: raise LimitNOFILE", "");
}

void TlsAcceptor::accepted(int fd, const Endpoint &peer)
{
    auto owned = std::make_unique<Arrival>(static_cast<ArrivalOwner &>(*this), m_nextId++, fd, peer,
                                           monotonicNow() + m_settings.limits.tlsHandshake);
    Arrival &arrival = *owned;
    arrival.awaitsHeader = isFront(peer.address);
    if (arrival.awaitsHeader) {
        arrival.place = m_census.admitFront();
        m_counters.full += arrival.place ? 0 : 1;
    }
    if (arrival.awaitsHeader ? !arrival.place : !admit(arrival)) {
        arrival.reset();
        return;
    }
    tuneTcpSocket(fd);
    arrival.site = neighbourhoodOf(peer.address);
    // What a front has sent so far is looked at, and stays where it is until it is enough.
    const std::uint32_t once = arrival.awaitsHeader ? std::uint32_t{EPOLLET} : 0U;
    if (!m_epoll->add(fd, EPOLLIN | once, arrival))
        return;
    m_deadlines.emplace_back(arrival.deadline(), arrival.id());
    m_arrivals.emplace(arrival.id(), std::move(owned));
    m_present.push(arrival.site, arrival.id());
    makeRoom();
}

/// False, and counted, if its network has too much already.
bool TlsAcceptor::admit(Arrival &arrival)
{
    ConnectionCensus::Verdict verdict = m_census.admit(monotonicNow(), arrival.peer().address);
    if (verdict.place) {
        arrival.place = std::move(verdict.place);
        return true;
    }
    switch (verdict.refusal) {
    case ConnectionCensus::Refusal::Rate:
        ++m_counters.rate;
        break;
    case ConnectionCensus::Refusal::Connections:
        ++m_counters.connections;
        break;
    case ConnectionCensus::Refusal::Full:
        ++m_counters.full;
        break;
    }
    return false;
}

void TlsAcceptor::makeRoom()
{
    while (m_arrivals.size() > m_settings.limits.handshakesWaiting) {
        const std::optional<std::uint64_t> last = m_present.popFromLargest();
        const auto found = last ? m_arrivals.find(*last) : m_arrivals.end();
        if (found == m_arrivals.end())
            return;
        ++m_counters.full;
        drop(*found->second);
    }
}

bool TlsAcceptor::isFront(const IpAddress &address) const
{
    return std::any_of(m_settings.fronts.begin(), m_settings.fronts.end(),
                       [&address](const IpPrefix &front) { return front.contains(address); });
}

// --- Handshakes ----------------------------------------------------------------------------------

void TlsAcceptor::arrivalReady(Arrival &arrival)
{
    if (arrival.awaitsHeader)
        frontSpoke(arrival);
    else
        enqueue(arrival);
}

void TlsAcceptor::frontSpoke(Arrival &arrival)
{
    const Arrival::Step step = arrival.readProxyHeader();
    if (step == Arrival::Step::Wait)
        return;
    arrival.awaitsHeader = false;
    if (step == Arrival::Step::Failed) {
        ++m_counters.failed;
        drop(arrival);
        return;
    }
    if (!admit(arrival)) {
        drop(arrival);
        return;
    }
    m_present.remove(arrival.site, arrival.id());
    arrival.site = neighbourhoodOf(arrival.peer().address);
    m_present.push(arrival.site, arrival.id());
    await(arrival);
}

void TlsAcceptor::enqueue(Arrival &arrival)
{
    if (arrival.queued || arrival.atWork)
        return;
    arrival.queued = true;
    m_epoll->modify(arrival.fd(), 0, arrival);
    m_waiting.push(arrival.site, arrival.id());
    m_epoll->atTurnEnd(*this);
}

void TlsAcceptor::turnEnded()
{
    const auto hasTime = [](std::size_t steps) { return steps < StepsAhead; };
    while (std::any_of(m_atWork.begin(), m_atWork.end(), hasTime) && !m_lanes.empty()) {
        const std::optional<std::uint64_t> next = m_waiting.pop();
        if (!next)
            return;
        const auto found = m_arrivals.find(*next);
        if (found != m_arrivals.end())
            dispatch(*found->second);
    }
}

void TlsAcceptor::dispatch(Arrival &arrival)
{
    if (arrival.lane == Arrival::NoLane)
        arrival.lane = static_cast<std::size_t>(std::min_element(m_atWork.begin(), m_atWork.end()) -
                                                m_atWork.begin());
    arrival.queued = false;
    arrival.atWork = true;
    ++m_atWork[arrival.lane];
    m_lanes[arrival.lane]->work(arrival);
}

void TlsAcceptor::finished(std::uint64_t id, Arrival::Step step)
{
    const auto found = m_arrivals.find(id);
    if (found == m_arrivals.end() || !found->second->atWork)
        return; // it was stopped
    Arrival &arrival = *found->second;
    arrival.atWork = false;
    --m_atWork[arrival.lane];
    if (arrival.doomed)
        forget(arrival);
    else
        proceed(arrival, step);
    turnEnded();
}

void TlsAcceptor::proceed(Arrival &arrival, Arrival::Step step)
{
    switch (step) {
    case Arrival::Step::Wait:
        await(arrival);
        return;
    case Arrival::Step::Failed:
        ++m_counters.failed;
        drop(arrival);
        return;
    case Arrival::Step::Done:
        m_epoll->remove(arrival.fd(), arrival);
        TlsConnection connection = arrival.take();
        forget(arrival);
        m_established(std::move(connection));
        return;
    }
}

void TlsAcceptor::await(Arrival &arrival)
{
    const std::uint32_t output = arrival.hasUnsent() ? std::uint32_t{EPOLLOUT} : 0U;
    m_epoll->modify(arrival.fd(), EPOLLIN | output, arrival);
}

void TlsAcceptor::drop(Arrival &arrival)
{
    if (arrival.doomed)
        return;
    m_epoll->remove(arrival.fd(), arrival);
    if (!arrival.atWork) {
        forget(arrival);
        return;
    }
    // A lane has it: it goes when that is done.
    arrival.doomed = true;
    m_present.remove(arrival.site, arrival.id());
}

/// The arrival dies.
void TlsAcceptor::forget(Arrival &arrival)
{
    if (!arrival.doomed)
        m_present.remove(arrival.site, arrival.id());
    if (arrival.queued)
        m_waiting.remove(arrival.site, arrival.id());
    m_arrivals.erase(arrival.id());
}

void TlsAcceptor::tick()
{
    const Monotonic now = monotonicNow();
    // In the order in which they came: all have the same time.
    for (; !m_deadlines.empty() && m_deadlines.front().first <= now; m_deadlines.pop_front()) {
        const auto found = m_arrivals.find(m_deadlines.front().second);
        if (found == m_arrivals.end())
            continue;
        ++m_counters.failed;
        drop(*found->second);
    }
    m_census.sweep(now);
}

} // namespace higgs::server
