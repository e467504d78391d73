// SPDX-License-Identifier: GPL-3.0-or-later
// A TURN client's connection by TLS, where only what looks like the web gets through.
#pragma once

#include "shared/net/tls_stream.h"
#include "shared/paths/turn_tcp.h"

namespace higgs {

class TurnTls : public TurnCarrier, private TlsStreamClient
{
public:
    TurnTls(EpollSet &epoll, const TlsContext &context, TurnStreamOptions options,
            TurnCarrierClient &client);

    void open() override;
    void ask(const TurnTransmission &transmission) override;
    void send(std::span<const ByteSpan> messages) override;
    [[nodiscard]] std::size_t room() const override;
    void whenRoom(RoomWaiter &waiter) override { m_waiters.add(waiter); }

private:
    void streamReady() override { m_client.carrierReady(); }
    void streamReceived(MutableByteSpan data) override;
    void streamDrained() override { m_waiters.tell(); }
    void streamClosed(const std::optional<Error> &error) override;

    EpollSet &m_epoll;
    const TlsContext &m_context;
    TurnStreamOptions m_options;
    TurnCarrierClient &m_client;
    std::unique_ptr<TlsStream> m_tls;
    TurnStream m_stream;
    bool m_closed = false;
    RoomWaiters m_waiters;
};

} // namespace higgs
