// SPDX-License-Identifier: GPL-3.0-or-later
// A scripted TURN server on loopback.
#pragma once

#include "tests/support/udp_peer.h"
#include "tests/turn/scripted_turn.h"

#include <QSocketNotifier>
#include <array>
#include <sys/socket.h>

namespace higgs::test {

/// Answers whoever asks, by its script.
class TurnServer
{
public:
    TurnServer() : m_readable(peer.fd(), QSocketNotifier::Read)
    {
        QObject::connect(&m_readable, &QSocketNotifier::activated, &m_readable, [this] { read(); });
    }

    UdpPeer peer;
    ScriptedTurn script;
    bool answers = true;
    std::size_t ended = 0; ///< allocations that were given back

private:
    void read()
    {
        std::array<std::uint8_t, 2048> buffer{};
        for (;;) {
            sockaddr_storage from{};
            socklen_t length = sizeof from;
            auto *const address = reinterpret_cast<sockaddr *>(&from);
            const ssize_t size =
                ::recvfrom(peer.fd(), buffer.data(), buffer.size(), 0, address, &length);
            if (size < 0)
                return;
            const ByteSpan datagram(buffer.data(), static_cast<std::size_t>(size));
            const auto request = protocol::decodeStun(datagram);
            if (request && request->lifetime == 0 && request->nonce)
                ++ended;
            if (!answers)
                continue;
            if (const auto answer = script.answer(datagram))
                ::sendto(peer.fd(), answer->data(), answer->size(), 0, address, length);
        }
    }

    QSocketNotifier m_readable;
};

} // namespace higgs::test
