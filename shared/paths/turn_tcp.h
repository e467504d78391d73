// SPDX-License-Identifier: GPL-3.0-or-later
// A TURN client's connection by TCP, where UDP does not get through.
#pragma once

#include "shared/net/tcp_dial.h"
#include "shared/paths/turn_carrier.h"

namespace higgs {

struct TurnStreamOptions
{
    Endpoint server;
    std::string serverName; ///< of TLS
    std::optional<std::uint32_t> mark;
    std::string interfaceName;
    Milliseconds timeout{5'000}; ///< of the connection
};

class TurnTcp : public TurnCarrier, private EpollSource
{
public:
    /// Beyond it the newest are dropped: a session's datagrams are sent again by those who wait.
    static constexpr std::size_t MaxQueue = 256 * 1024;

    TurnTcp(EpollSet &epoll, TurnStreamOptions options, TurnCarrierClient &client);
    ~TurnTcp() override;

    void open() override;
    void ask(const TurnTransmission &transmission) override;
    void send(std::span<const ByteSpan> messages) override;
    [[nodiscard]] std::size_t room() const override;
    void whenRoom(RoomWaiter &waiter) override { m_waiters.add(waiter); }

private:
    void dialed(const Result<TcpDialed> &result);
    void ready(std::uint32_t events) override;
    void receive();
    void queue(ByteSpan bytes, std::size_t bound);
    void flush();
    void fail(Error error);
    void closeSocket();

    EpollSet &m_epoll;
    TurnStreamOptions m_options;
    TurnCarrierClient &m_client;
    std::unique_ptr<TcpDial> m_dial;
    QTimer m_deadline;
    int m_fd = -1;
    TurnStream m_stream;
    Bytes m_out; ///< from m_sent on
    std::size_t m_sent = 0;
    bool m_waits = false; ///< for EPOLLOUT
    RoomWaiters m_waiters;
};

} // namespace higgs
