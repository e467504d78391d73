// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/router_line.h"

#include "shared/base/log.h"
#include "shared/crypto/keys.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace higgs::portmap {

namespace {

/// Datagrams of a turn; a flood waits, and fills the socket's buffer only.
constexpr int DatagramsPerTurn = 16;
/// More would be a core that asks in circles.
constexpr int TasksPerTurn = 16;
constexpr Milliseconds ShortestWait{10};
constexpr Milliseconds LongestWait{600'000};

PcpNonce newNonce()
{
    PcpNonce nonce{};
    fillRandom(nonce);
    return nonce;
}

} // namespace

RouterLine::RouterLine(EpollSet &epoll, HomeRouter router, std::optional<std::uint32_t> mark,
                       std::uint16_t port, std::vector<MappingProtocol> protocols)
    : m_epoll(epoll),
      m_router(std::move(router)),
      m_mark(mark),
      m_internal{m_router.own, port},
      m_core({m_internal, newNonce(), std::move(protocols)}, monotonicNow())
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &RouterLine::advance);
}

RouterLine::~RouterLine()
{
    if (m_fd.isOpen())
        m_epoll.remove(m_fd.get(), *this);
}

void RouterLine::start()
{
    Result<OwnedFd> fd = dialRouter(m_router, SOCK_DGRAM, GatewayPort, m_mark);
    if (fd && m_epoll.add(fd->get(), EPOLLIN, *this))
        m_fd = std::move(*fd);
    else
        log::warning("portmap", "the router cannot be asked",
                     {{"error", fd ? std::string("no event") : fd.error().detail}});
    advance();
}

void RouterLine::advance()
{
    const Monotonic now = monotonicNow();
    for (int i = 0; i < TasksPerTurn; ++i) {
        const std::optional<MappingTask> task = m_core.poll(now);
        if (!task)
            break;
        perform(*task);
    }
    const auto wait = std::chrono::ceil<Milliseconds>(m_core.deadline() - monotonicNow());
    m_timer.start(std::clamp(wait, ShortestWait, LongestWait));
    const MappingStatus status = m_core.status();
    if (status == m_told)
        return;
    m_told = status;
    log::info("portmap", "the home's router",
              {{"state", std::string(toString(status.state))},
               {"protocol", std::string(status.protocol ? toString(*status.protocol) : "none")},
               {"family", m_internal.address.isV4() ? "IPv4" : "IPv6"}});
    Q_EMIT changed();
}

void RouterLine::perform(const MappingTask &task)
{
    switch (task.kind) {
    case MappingTask::Kind::Datagram:
        send(task.datagram);
        return;
    case MappingTask::Kind::UpnpMap:
        map();
        return;
    case MappingTask::Kind::UpnpUnmap:
        m_ended = removal();
        return;
    }
}

void RouterLine::send(ByteSpan datagram)
{
    // What cannot leave is as good as lost: the silence that follows says so.
    if (m_fd.isOpen())
        std::ignore = ::send(m_fd.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
}

void RouterLine::map()
{
    m_upnp = std::make_unique<UpnpClient>(
        m_epoll, m_router, m_mark,
        UpnpTerms{m_router.address, m_internal, PortMappingCore::Lease, m_held});
    connect(m_upnp.get(), &UpnpClient::done, this, &RouterLine::mapped);
    m_upnp->start();
}

void RouterLine::mapped()
{
    const std::unique_ptr<UpnpClient> client = std::move(m_upnp);
    if (!client)
        return;
    m_held = client->core().held();
    m_refusedAnswers += client->core().refusedAnswers();
    m_core.upnpAnswered(monotonicNow(), client->core().result());
    // It is on the stack.
    QMetaObject::invokeMethod(this, &RouterLine::advance, Qt::QueuedConnection);
}

std::unique_ptr<UpnpClient> RouterLine::removal()
{
    if (m_upnp) {
        m_held = m_upnp->core().held();
        m_refusedAnswers += m_upnp->core().refusedAnswers();
        if (m_upnp->turnBack()) {
            m_held.reset();
            m_upnp->disconnect(this);
            return std::move(m_upnp);
        }
    }
    m_upnp.reset();
    if (!m_held)
        return nullptr;
    UpnpTerms terms{m_router.address, m_internal, Seconds(0), std::exchange(m_held, std::nullopt)};
    terms.remove = true;
    auto client = std::make_unique<UpnpClient>(m_epoll, m_router, m_mark, std::move(terms));
    client->start();
    return client;
}

std::unique_ptr<UpnpClient> RouterLine::release()
{
    m_timer.stop();
    std::unique_ptr<UpnpClient> left = std::move(m_ended);
    for (const MappingTask &task : m_core.release()) {
        if (task.kind == MappingTask::Kind::Datagram) {
            send(task.datagram);
            send(task.datagram); // nobody waits for an answer, and one may be lost
        } else if (auto client = removal()) {
            left = std::move(client);
        }
    }
    return left;
}

void RouterLine::observed(const IpAddress &address)
{
    m_core.observed(address);
    advance();
}

void RouterLine::askAgain()
{
    m_core.askAgain(monotonicNow());
    advance();
}

void RouterLine::ready(std::uint32_t /*events*/)
{
    std::array<std::uint8_t, MaxPcpMessage + 1> buffer{};
    for (int i = 0; i < DatagramsPerTurn; ++i) {
        const ssize_t size = ::recv(m_fd.get(), buffer.data(), buffer.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (size < 0) {
            m_core.closed(monotonicNow());
            continue;
        }
        const ByteSpan datagram = ByteSpan(buffer).first(static_cast<std::size_t>(size));
        if (!decodePcp(datagram) && !decodeNatPmp(datagram))
            ++m_refusedAnswers;
        m_core.handle(monotonicNow(), datagram);
    }
    advance();
}

} // namespace higgs::portmap
