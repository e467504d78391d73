// SPDX-License-Identifier: GPL-3.0-or-later
// One UDP port of this machine at one router, in one family: the core with its socket to the
// router's port 5351, its conversations by UPnP, and its timer. Decides nothing.
#pragma once

#include "shared/portmap/upnp_client.h"

namespace higgs::portmap {

/// Lives on its EpollSet's thread.
class RouterLine : public QObject, private EpollSource
{
    Q_OBJECT

public:
    /// `port`: of this machine's socket.
    RouterLine(EpollSet &epoll, HomeRouter router, std::optional<std::uint32_t> mark,
               std::uint16_t port, std::vector<MappingProtocol> protocols);
    ~RouterLine() override;

    void start();
    [[nodiscard]] const HomeRouter &router() const { return m_router; }
    [[nodiscard]] MappingStatus status() const { return m_core.status(); }
    /// As which address of this family others see this machine.
    void observed(const IpAddress &address);
    void askAgain();
    /// Takes away all that may stand. What UPnP has to do for that goes on by itself; null:
    /// nothing.
    std::unique_ptr<UpnpClient> release();
    /// Answers that were not as they have to be.
    [[nodiscard]] std::uint64_t refusedAnswers() const { return m_refusedAnswers; }

Q_SIGNALS:
    /// status() is another one.
    void changed();

private:
    void ready(std::uint32_t events) override;
    void advance();
    void perform(const MappingTask &task);
    void send(ByteSpan datagram);
    void map();
    void mapped();
    [[nodiscard]] std::unique_ptr<UpnpClient> removal();

    EpollSet &m_epoll;
    HomeRouter m_router;
    std::optional<std::uint32_t> m_mark;
    Endpoint m_internal;
    PortMappingCore m_core;
    MappingStatus m_told;
    OwnedFd m_fd;
    std::unique_ptr<UpnpClient> m_upnp;
    std::unique_ptr<UpnpClient> m_ended; ///< a removal under way, while the line goes on
    std::optional<UpnpHeld> m_held;
    std::uint64_t m_refusedAnswers = 0;
    QTimer m_timer;
};

} // namespace higgs::portmap
