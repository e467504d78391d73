// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/turn_udp.h"

#include <algorithm>
#include <utility>

namespace higgs {

TurnUdp::TurnUdp(UdpMux &mux, const Endpoint &server, TurnCarrierClient &client)
    : m_mux(mux), m_server(server), m_client(client)
{}

TurnUdp::~TurnUdp()
{
    for (const protocol::StunTransactionId &each : m_asked)
        m_mux.forget(each);
    m_mux.stopAttending(m_server, *this);
    m_mux.stopReceiving(m_server, *this);
}

void TurnUdp::open()
{
    Result<void> entered = m_mux.attend(m_server, *this);
    if (entered)
        entered = m_mux.receiveFrom(m_server, *this);
    if (entered)
        m_client.carrierReady();
    else
        m_client.carrierClosed(entered.error());
}

/// A failure to send may pass, and is asked again; when it does not, time tells. Where there is no
/// way to a server that never answered, another one is not kept waiting.
void TurnUdp::ask(const TurnTransmission &transmission)
{
    const auto &asks = transmission.asks;
    if (asks && std::find(m_asked.begin(), m_asked.end(), *asks) == m_asked.end()) {
        if (!m_mux.expect(*asks, m_server, *this))
            return;
        m_asked.push_back(*asks);
    }
    const Result<void> sent = m_mux.send(m_server, ByteSpan(transmission.message));
    if (!sent && sent.error().code == ErrorCode::Network && !std::exchange(m_met, true))
        m_client.carrierClosed(sent.error());
}

void TurnUdp::answered(const protocol::StunTransactionId &transaction)
{
    std::erase(m_asked, transaction);
    m_mux.forget(transaction);
}

void TurnUdp::send(std::span<const ByteSpan> messages)
{
    m_mux.send(m_server, messages);
}

void TurnUdp::stunReceived(const protocol::StunMessage & /*message*/, ByteSpan datagram,
                           const MuxArrival & /*arrival*/)
{
    m_met = true;
    m_client.carrierReceived({&datagram, 1});
}

void TurnUdp::take(std::span<const ByteSpan> datagrams)
{
    m_client.carrierReceived(datagrams);
}

} // namespace higgs
