// SPDX-License-Identifier: GPL-3.0-or-later
// How a TURN client's messages get to its server and back: by the daemon's UDP socket, by TCP or
// by TLS.
#pragma once

#include "shared/turn/turn_core.h"

namespace higgs {

/// The other half. Nothing is deleted in these calls.
class TurnCarrierClient
{
public:
    virtual void carrierReady() = 0;
    /// STUN messages and ChannelData; STUN's answers have come from the server that was asked.
    virtual void carrierReceived(std::span<const ByteSpan> frames) = 0;
    /// Once; nothing follows.
    virtual void carrierClosed(const Error &error) = 0;

protected:
    ~TurnCarrierClient() = default;
};

/// Lives on the thread of its EpollSet.
class TurnCarrier
{
public:
    TurnCarrier() = default;
    TurnCarrier(const TurnCarrier &) = delete;
    TurnCarrier &operator=(const TurnCarrier &) = delete;
    virtual ~TurnCarrier() = default;

    virtual void open() = 0;
    virtual void ask(const TurnTransmission &transmission) = 0;
    /// No answer to this is expected any more.
    virtual void answered(const protocol::StunTransactionId &transaction) { (void)transaction; }
    /// What is wrapped for peers. Beyond room() it is dropped.
    virtual void send(std::span<const ByteSpan> messages) = 0;
    /// As DatagramSink has them.
    [[nodiscard]] virtual std::size_t room() const = 0;
    virtual void whenRoom(RoomWaiter &waiter) = 0;
};

} // namespace higgs
