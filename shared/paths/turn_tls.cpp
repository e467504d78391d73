// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/turn_tls.h"

#include <algorithm>

namespace higgs {

TurnTls::TurnTls(EpollSet &epoll, const TlsContext &context, TurnStreamOptions options,
                 TurnCarrierClient &client)
    : m_epoll(epoll), m_context(context), m_options(std::move(options)), m_client(client)
{}

void TurnTls::open()
{
    const TlsConnectOptions connect{.addresses = {m_options.server.address},
                                    .port = m_options.server.port,
                                    .serverName = m_options.serverName,
                                    .mark = m_options.mark,
                                    .interfaceName = m_options.interfaceName,
                                    .timeout = m_options.timeout};
    TlsStreamClient &client = *this;
    m_tls = std::make_unique<TlsStream>(m_epoll, m_context, connect, client);
}

void TurnTls::ask(const TurnTransmission &transmission)
{
    if (!m_closed && m_tls)
        m_tls->write(transmission.message);
}

void TurnTls::send(std::span<const ByteSpan> messages)
{
    if (m_closed || !m_tls)
        return;
    for (const ByteSpan &each : messages)
        if (m_tls->queuedBytes() + each.size() <= TurnTcp::MaxQueue)
            m_tls->write(each);
}

std::size_t TurnTls::room() const
{
    if (m_closed || !m_tls)
        return DatagramSink::AnyNumber;
    const std::size_t queued = std::min(m_tls->queuedBytes(), TurnTcp::MaxQueue);
    return datagramsIn(TurnTcp::MaxQueue - queued, 64);
}

void TurnTls::streamReceived(MutableByteSpan data)
{
    m_stream.append(data);
    m_client.carrierReceived(m_stream.all());
    if (m_stream.isBroken() && !std::exchange(m_closed, true))
        m_client.carrierClosed(
            {ErrorCode::Malformed, "the TURN server's stream is neither STUN nor ChannelData"});
}

void TurnTls::streamClosed(const std::optional<Error> &error)
{
    if (!std::exchange(m_closed, true))
        m_client.carrierClosed(
            error.value_or(Error{ErrorCode::Network, "the TURN server has closed the connection"}));
}

} // namespace higgs
