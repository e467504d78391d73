// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/mux_binding.h"

#include "shared/net/stun_mapping.h"
#include "shared/net/stun_transaction.h"

#include <algorithm>
#include <utility>

namespace higgs {

MuxBinding::MuxBinding(UdpMux &mux, MuxBindingOptions options, QObject *parent)
    : QObject(parent), m_mux(mux), m_options(options), m_timer(this)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &MuxBinding::advance);
}

MuxBinding::~MuxBinding()
{
    stop();
}

void MuxBinding::start()
{
    stop();
    m_refused.reset();
    m_core.emplace(monotonicNow(), m_options.firstWait, m_options.timeout);
    advance();
}

void MuxBinding::advance()
{
    const Monotonic now = monotonicNow();
    if (m_core->hasFailed(now)) {
        fail(m_refused.value_or(
            Error{ErrorCode::Timeout,
                  "no answer from STUN server " + m_options.server.endpoint().toString()}));
        return;
    }
    if (m_core->wantsToSend(now)) {
        if (const Result<void> sent = transmit(); !sent) {
            fail(sent.error());
            return;
        }
    }
    const auto wait = std::chrono::ceil<Milliseconds>(m_core->deadline() - now);
    m_timer.start(std::max(wait, Milliseconds(0)));
}

/// An error ends it. After the first transmission a failure may pass (a route that is just being
/// set): the next one will tell.
Result<void> MuxBinding::transmit()
{
    const Endpoint &server = m_options.server.endpoint();
    const bool first = m_asked.empty();
    const protocol::StunTransactionId transaction = newStunTransaction();
    const Bytes request = m_core->request(monotonicNow(), transaction);
    if (Result<void> expected = m_mux.expect(transaction, server, *this); !expected)
        return expected;
    m_asked.push_back(transaction);
    const Result<void> sent = m_mux.send(server, ByteSpan(request));
    m_refused.reset();
    if (sent)
        return {};
    if (sent.error().code == ErrorCode::Permission)
        m_refused = sent.error();
    if (first && sent.error().code == ErrorCode::Network)
        return sent;
    return {};
}

void MuxBinding::stunReceived(const protocol::StunMessage & /*message*/, ByteSpan datagram,
                              const MuxArrival &arrival)
{
    auto result = m_core->handle(monotonicNow(), datagram);
    if (!result)
        return;
    if (!canBeMapping(result->mapped, m_options.server.endpoint())) {
        m_mux.note({.untrue = 1});
        return; // as if it were silent
    }
    result->local = arrival.to;
    result->server = m_options.server.endpoint().address;
    result->hopLimit = arrival.hopLimit;
    stop();
    Q_EMIT succeeded(*result); // may delete this, and the mux
}

void MuxBinding::stop()
{
    m_timer.stop();
    for (const protocol::StunTransactionId &each : std::exchange(m_asked, {}))
        m_mux.forget(each);
}

void MuxBinding::fail(Error error)
{
    stop();
    QMetaObject::invokeMethod(
        this, [this, reason = std::move(error)] { Q_EMIT failed(reason); }, Qt::QueuedConnection);
}

} // namespace higgs
