// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/hop_probe.h"

#include "shared/net/network_error.h"
#include "shared/net/udp_socket.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs {

namespace {

// Anycast resolvers.
constexpr std::string_view Far4 = "9.9.9.9";
constexpr std::string_view Far6 = "2620:fe::fe";
constexpr std::uint16_t TraceroutePort = 33'434;
constexpr int Attempts = 4; ///< a router limits such words to some a second
constexpr Milliseconds Pause{250};
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

    void open()
    {
        const auto &[source, target, interfaceName] = m_probe.m_options;
        const Result<int> fd = openUdpSocket({source, 0}, {interfaceName, {}});
        if (!fd)
            return;
        const bool v4 = source.isV4();
        const int level = v4 ? SOL_IP : SOL_IPV6;
        const Endpoint far{target, TraceroutePort};
        sockaddr_storage storage{};
        const unsigned length = far.toSockaddr(storage);
        if (::setsockopt(*fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, &m_limit, sizeof m_limit) !=
                0 ||
            !queueNetworkErrors(*fd, source.family()) ||
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
        for (int i = 0; i < 2 * Attempts; ++i) {
            const std::optional<NetworkError> word = nextNetworkError(m_fd);
            if (!word)
                break;
            if (!word->teller.isNull()) {
                router = word->teller;
                usedUp = word->hopsUsedUp;
            }
        }
        std::array<std::uint8_t, 64> data{};
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

IpAddress farAway(IpAddress::Family family)
{
    return *IpAddress::parse(family == IpAddress::Family::V4 ? Far4 : Far6);
}

HopProbe::HopProbe(EpollSet &epoll, HopProbeOptions options, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_options(std::move(options)), m_timer(this)
{
    if (m_options.target.isNull())
        m_options.target = farAway(m_options.source.family());
    connect(&m_timer, &QTimer::timeout, this, &HopProbe::ask);
}

HopProbe::~HopProbe() = default;

void HopProbe::start()
{
    for (int hops = 1; hops <= static_cast<int>(ProbedHops); ++hops) {
        m_hops.push_back(std::make_unique<Hop>(*this, hops));
        m_hops.back()->open();
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
