// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/address_sweep.h"

#include "shared/net/network_error.h"
#include "shared/net/udp_socket.h"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs {

namespace {

constexpr std::uint16_t TraceroutePort = 33'434;
/// A router looks its way up for each, and may be a small one.
constexpr std::size_t AskedAtOnce = 64;
constexpr Milliseconds Pause{20};
/// After the last: who is in the home answers in some milliseconds, and may look for us first.
constexpr Milliseconds Patience{500};
/// Where there are no pings: routers say "nobody listens" to one asker some times a second only
/// (RFC 1812 section 4.3.2.8), of which traceroutes take their part.
constexpr int PassesByDatagrams = 3;
/// A router that has just said all that it may, to an earlier question of ours, says one thing more
/// each second (Linux's icmp_ratelimit).
constexpr Milliseconds BetweenPasses{1'200};
constexpr int MostAnswersInARow = 64;
constexpr std::uint8_t EchoRequest4 = 8;   // RFC 792
constexpr std::uint8_t EchoRequest6 = 128; // RFC 4443
constexpr std::uint8_t EchoReply4 = 0;
constexpr std::uint8_t EchoReply6 = 129;

} // namespace

/// A way of asking, with its socket.
class AddressSweep::Asker : public EpollSource
{
public:
    explicit Asker(AddressSweep &sweep) : m_sweep(sweep) {}
    ~Asker() override
    {
        if (m_fd < 0)
            return;
        m_sweep.m_epoll.remove(m_fd, *this);
        ::close(m_fd);
    }
    Asker(const Asker &) = delete;
    Asker &operator=(const Asker &) = delete;

    [[nodiscard]] bool open(bool v4)
    {
        m_v4 = v4;
        m_fd = openSocket();
        const AddressSweepOptions &options = m_sweep.m_options;
        if (m_fd < 0)
            return false;
        const bool good =
            ::setsockopt(m_fd, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS,
                         &options.hopLimit, sizeof options.hopLimit) == 0 &&
            m_sweep.m_epoll.add(m_fd, EPOLLIN, *this);
        if (!good) {
            ::close(m_fd);
            m_fd = -1;
        }
        return good;
    }

    void ask(const IpAddress &address)
    {
        sockaddr_storage storage{};
        const unsigned length = Endpoint{address, port()}.toSockaddr(storage);
        const std::array<std::uint8_t, 8> question = text();
        // What came about an earlier one is told once in the stead of sending.
        for (int i = 0; i < 2; ++i) {
            if (::sendto(m_fd, question.data(), question.size(), MSG_NOSIGNAL,
                         reinterpret_cast<const sockaddr *>(&storage), length) >= 0)
                return;
        }
    }

protected:
    [[nodiscard]] virtual int openSocket() const = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    [[nodiscard]] virtual std::array<std::uint8_t, 8> text() const = 0;

    AddressSweep &m_sweep;
    int m_fd = -1;
    bool m_v4 = true;
};

class AddressSweep::Datagrams : public Asker
{
public:
    using Asker::Asker;

protected:
    [[nodiscard]] int openSocket() const override
    {
        using Family = IpAddress::Family;
        const Family family = m_v4 ? Family::V4 : Family::V6;
        const Result<int> fd =
            openUdpSocket({IpAddress::any(family), 0}, {m_sweep.m_options.interfaceName, {}});
        if (!fd)
            return -1;
        queueNetworkErrors(*fd, family);
        return *fd;
    }
    [[nodiscard]] std::uint16_t port() const override { return TraceroutePort; }
    [[nodiscard]] std::array<std::uint8_t, 8> text() const override { return {}; }

private:
    void ready(std::uint32_t /*events*/) override
    {
        for (int i = 0; i < MostAnswersInARow; ++i) {
            const std::optional<NetworkError> error = nextNetworkError(m_fd);
            if (!error)
                break;
            // A firewall on the way may say the same, under its own name.
            if (error->portClosed && error->teller == error->about)
                m_sweep.heard(error->about);
        }
        std::array<std::uint8_t, 64> rest{};
        for (int i = 0; i < MostAnswersInARow && ::recv(m_fd, rest.data(), rest.size(), 0) >= 0;
             ++i) {
        }
    }
};

class AddressSweep::Pings : public Asker
{
public:
    using Asker::Asker;

protected:
    [[nodiscard]] int openSocket() const override
    {
        const int fd =
            ::socket(m_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                     m_v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6});
        const std::string &name = m_sweep.m_options.interfaceName;
        if (fd >= 0 && !name.empty() &&
            ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                         static_cast<socklen_t>(name.size() + 1)) != 0) {
            ::close(fd);
            return -1;
        }
        return fd;
    }
    [[nodiscard]] std::uint16_t port() const override { return 0; }
    [[nodiscard]] std::array<std::uint8_t, 8> text() const override
    {
        return {m_v4 ? EchoRequest4 : EchoRequest6}; // the kernel fills in the rest
    }

private:
    void ready(std::uint32_t /*events*/) override
    {
        for (int i = 0; i < MostAnswersInARow; ++i) {
            std::array<std::uint8_t, 64> answer{};
            sockaddr_storage from{};
            socklen_t length = sizeof from;
            if (::recvfrom(m_fd, answer.data(), answer.size(), 0,
                           reinterpret_cast<sockaddr *>(&from), &length) < 1)
                break;
            if (answer[0] == (m_v4 ? EchoReply4 : EchoReply6))
                m_sweep.heard(
                    Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&from)).address);
        }
    }
};

AddressSweep::AddressSweep(EpollSet &epoll, AddressSweepOptions options, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_options(std::move(options)), m_timer(this)
{
    connect(&m_timer, &QTimer::timeout, this, &AddressSweep::askMore);
}

AddressSweep::~AddressSweep() = default;

void AddressSweep::start()
{
    const bool v4 = !m_options.addresses.empty() && m_options.addresses.front().isV4();
    m_askers.push_back(std::make_unique<Datagrams>(*this));
    m_askers.push_back(std::make_unique<Pings>(*this));
    const std::size_t ways = m_askers.size();
    std::erase_if(m_askers, [v4](const auto &asker) { return !asker->open(v4); });
    m_passes = m_askers.size() == ways ? 1 : PassesByDatagrams;
    if (m_askers.empty()) {
        m_next = m_options.addresses.size();
        m_passes = 0;
    }
    m_timer.start(Pause);
}

void AddressSweep::askMore()
{
    const std::vector<IpAddress> &all = m_options.addresses;
    if (m_next >= all.size() && m_passes > 1 && m_answered.empty()) {
        --m_passes;
        m_next = 0;
    }
    if (m_next >= all.size()) {
        m_timer.stop();
        m_askers.clear();
        Q_EMIT finished({m_answered.begin(), m_answered.end()});
        return;
    }
    for (std::size_t i = 0; i < AskedAtOnce && m_next < all.size(); ++i, ++m_next) {
        for (const auto &asker : m_askers)
            asker->ask(all[m_next]);
    }
    m_timer.start(m_next < all.size() ? Pause : m_passes > 1 ? BetweenPasses : Patience);
}

/// Only of those asked: a ping's answer may come from anywhere.
void AddressSweep::heard(const IpAddress &address)
{
    if (std::count(m_options.addresses.begin(), m_options.addresses.end(), address) > 0)
        m_answered.insert(address);
}

} // namespace higgs
