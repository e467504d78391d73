// SPDX-License-Identifier: GPL-3.0-or-later
// A TURN client on the daemon's one UDP socket.
#pragma once

#include "shared/paths/turn_carrier.h"
#include "shared/paths/udp_mux.h"

namespace higgs {

/// Must die before the mux.
class TurnUdp : public TurnCarrier, private StunParty, private DatagramSink
{
public:
    TurnUdp(UdpMux &mux, const Endpoint &server, TurnCarrierClient &client);
    ~TurnUdp() override;

    void open() override;
    void ask(const TurnTransmission &transmission) override;
    void answered(const protocol::StunTransactionId &transaction) override;
    void send(std::span<const ByteSpan> messages) override;
    [[nodiscard]] std::size_t room() const override { return m_mux.room(); }
    void whenRoom(RoomWaiter &waiter) override { m_mux.whenRoom(waiter); }

private:
    void stunReceived(const protocol::StunMessage &message, ByteSpan datagram,
                      const MuxArrival &arrival) override;
    void take(std::span<const ByteSpan> datagrams) override; ///< ChannelData

    UdpMux &m_mux;
    Endpoint m_server;
    TurnCarrierClient &m_client;
    std::vector<protocol::StunTransactionId> m_asked; ///< at the mux
    bool m_met = false; ///< the server has answered, or there is no way to it
};

} // namespace higgs
