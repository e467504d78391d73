// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/hop_probe.h"

#include "shared/net/udp_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs {

namespace {

// Anycast resolvers: addresses of the Internet that stay. Nothing of this arrives there.
constexpr std::string_view Far4 = "9.9.9.9";
constexpr std::string_view Far6 = "2620:fe::fe";
constexpr std::uint16_t TraceroutePort = 33'434;
constexpr int Attempts = 4; ///< a router limits such words to some a second
constexpr Milliseconds Pause{250};
constexpr std::size_t WordSize = 512;

struct Word
{
    IpAddress router; ///< null: another error than one from the network
    bool usedUp = false;
};

Word wordOf(msghdr &message)
{
    for (cmsghdr *each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
        const bool v4 = each->cmsg_level == SOL_IP && each->cmsg_type == IP_RECVERR;
        const bool v6 = each->cmsg_level == SOL_IPV6 && each->cmsg_type == IPV6_RECVERR;
        const std::size_t size =
            sizeof(sock_extended_err) + (v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        if ((!v4 && !v6) || each->cmsg_len < CMSG_LEN(size))
            continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(each), sizeof error);
        if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6)
            continue;
        sockaddr_storage offender{};
        std::memcpy(&offender, CMSG_DATA(each) + sizeof error, size - sizeof error);
        const unsigned timeExceeded = v4 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED;
        return {Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&offender)).address,
                error.ee_type == timeExceeded};
    }
    return {};
}

} // namespace

/// The socket whose datagrams go so far and no further.
class HopProbe::Hop : public EpollSource
{
public:
    Hop(HopProbe &probe, int hops) : m_probe(probe), m_limit(hops) {}
    ~Hop() override
    {
        if (m_fd < 0)
            return;
        m_probe.m_epoll.remove(m_fd, *this);
        ::close(m_fd);
    }
    Hop(const Hop &) = delete;
    Hop &operator=(const Hop &) = delete;

    void open(const IpAddress &source)
    {
        const Result<int> fd = openUdpSocket({source, 0});
        if (!fd)
            return;
        const bool v4 = source.isV4();
        const int on = 1;
        const int level = v4 ? SOL_IP : SOL_IPV6;
        const Endpoint far{*IpAddress::parse(v4 ? Far4 : Far6), TraceroutePort};
        sockaddr_storage storage{};
        const unsigned length = far.toSockaddr(storage);
        if (::setsockopt(*fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, &m_limit, sizeof m_limit) !=
                0 ||
            ::setsockopt(*fd, level, v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on) != 0 ||
            ::connect(*fd, reinterpret_cast<const sockaddr *>(&storage), length) != 0 ||
            !m_probe.m_epoll.add(*fd, EPOLLIN, *this)) {
            ::close(*fd);
            return;
        }
        m_fd = *fd;
    }

    void ask()
    {
        constexpr std::array<std::uint8_t, 8> Nothing{};
        if (m_fd >= 0 && router.isNull())
            std::ignore = ::send(m_fd, Nothing.data(), Nothing.size(), MSG_NOSIGNAL);
    }
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }

    IpAddress router;
    bool usedUp = false;

private:
    void ready(std::uint32_t /*events*/) override
    {
        std::array<std::uint8_t, WordSize> data{};
        alignas(cmsghdr) std::array<char, WordSize> control{};
        for (int i = 0; i < 2 * Attempts; ++i) {
            iovec part{data.data(), data.size()};
            msghdr message{};
            message.msg_iov = &part;
            message.msg_iovlen = 1;
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            if (::recvmsg(m_fd, &message, MSG_ERRQUEUE) < 0)
                break;
            if (const Word word = wordOf(message); !word.router.isNull()) {
                router = word.router;
                usedUp = word.usedUp;
            }
        }
        // The error that the queue explains, and whatever else came.
        while (::recv(m_fd, data.data(), data.size(), 0) >= 0) {
        }
        if (!router.isNull())
            m_probe.heard();
    }

    HopProbe &m_probe;
    int m_limit;
    int m_fd = -1;
};

HopProbe::HopProbe(EpollSet &epoll, IpAddress source, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_source(source), m_timer(this)
{
    connect(&m_timer, &QTimer::timeout, this, &HopProbe::ask);
}

HopProbe::~HopProbe() = default;

void HopProbe::start()
{
    for (int hops = 1; hops <= static_cast<int>(ProbedHops); ++hops) {
        m_hops.push_back(std::make_unique<Hop>(*this, hops));
        m_hops.back()->open(m_source);
    }
    // No way out over this family: said at once.
    const bool none =
        std::none_of(m_hops.begin(), m_hops.end(), [](const auto &hop) { return hop->isOpen(); });
    m_asked = none ? Attempts : 0;
    m_timer.start(none ? Milliseconds(0) : Pause);
    if (!none)
        ask();
}

void HopProbe::ask()
{
    if (m_asked++ >= Attempts) {
        finish();
        return;
    }
    for (const auto &hop : m_hops)
        hop->ask();
}

void HopProbe::heard()
{
    const bool all = std::none_of(m_hops.begin(), m_hops.end(),
                                  [](const auto &hop) { return hop->router.isNull(); });
    if (!all)
        return;
    m_asked = Attempts; // finish() closes the sockets, of which one is being read
    m_timer.start(Milliseconds(0));
}

void HopProbe::finish()
{
    m_timer.stop();
    Hops found{};
    for (std::size_t i = 0; i < ProbedHops; ++i)
        found.routers.at(i) = m_hops.at(i)->router;
    found.counts = m_hops.front()->usedUp;
    m_hops.clear();
    Q_EMIT finished(found);
}

} // namespace higgs
