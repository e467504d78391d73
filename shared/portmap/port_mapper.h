// SPDX-License-Identifier: GPL-3.0-or-later
// Has the home's router let in the daemon's UDP port, in both families, while that is wanted:
// IPv4 by PCP, NAT-PMP or UPnP, IPv6 by a pinhole of PCP's or UPnP's.
#pragma once

#include "shared/portmap/router_line.h"

#include <map>

namespace higgs::portmap {

/// Lives on its EpollSet's thread, and waits for nothing; but when it dies, two and a half seconds
/// at most, for a router that is to take a mapping away by UPnP: two questions, of each family.
class PortMapper : public QObject
{
    Q_OBJECT

public:
    static constexpr Milliseconds LongestGoodbye{2'500};

    /// `mark`: of the daemon's sockets; none: they have none.
    explicit PortMapper(EpollSet &epoll, std::optional<std::uint32_t> mark = {},
                        QObject *parent = nullptr);
    ~PortMapper() override;

    /// The owner's word; what stands is taken away at once.
    void setAllowed(bool allowed);
    /// While this port is to be reached. Another one than before: that one's mapping goes.
    void start(std::uint16_t port);
    void stop();
    /// Routes, links or addresses of this machine may be others.
    void networksChanged();
    /// As which address of its family others see this machine.
    void observed(const IpAddress &address);

    [[nodiscard]] MapperStatus status() const;
    /// Where others reach the port, if what the router says is what they see.
    [[nodiscard]] std::optional<Endpoint> believed(IpAddress::Family family) const;

Q_SIGNALS:
    /// status() is another one. From the event loop.
    void changed();

private:
    void look(IpAddress::Family family);
    void lookAtAll();
    void drop(IpAddress::Family family);
    [[nodiscard]] MappingStatus statusOf(IpAddress::Family family) const;

    EpollSet &m_epoll;
    std::optional<std::uint32_t> m_mark;
    bool m_allowed = true;
    std::uint16_t m_port = 0; ///< 0: not wanted
    std::map<IpAddress::Family, std::unique_ptr<RouterLine>> m_lines;
    std::map<IpAddress::Family, IpAddress> m_observed;
    std::uint64_t m_refusedBefore = 0; ///< of lines that have gone
    std::vector<std::unique_ptr<UpnpClient>> m_goodbyes;
};

} // namespace higgs::portmap
