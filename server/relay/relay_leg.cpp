// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_leg.h"

#include "server/relay/relay_thread.h"

namespace higgs::relay {

namespace {

// Control texts have at most 8 KB, and few are waited for: whoever leaves so many unread is gone.
constexpr std::size_t MaxQueuedControl = 64 * 1024;

} // namespace

void RelayLeg::webSocketBinary(std::span<const ByteSpan> messages)
{
    if (session != nullptr)
        m_thread.carry(*session, role, messages);
    else if (displaced)
        m_thread.carryLate(*this, messages);
}

void RelayLeg::webSocketText(std::string_view text)
{
    if (session != nullptr)
        m_thread.text(*session, role, text);
}

void RelayLeg::webSocketWorkAhead()
{
    m_thread.beforeWork(*this);
}

void RelayLeg::webSocketWork(std::size_t bytes)
{
    m_thread.worked(*this, bytes);
}

bool RelayLeg::webSocketMayRead()
{
    return m_thread.mayRead(*this);
}

void RelayLeg::webSocketRead(std::size_t bytes, std::uint64_t frames)
{
    m_thread.hasRead(*this, bytes, frames);
}

void RelayLeg::webSocketHolds(std::size_t bytes)
{
    m_thread.holds(*this, bytes); // may delete this
}

WebSocketOptions RelayLeg::options()
{
    WebSocketOptions options;
    options.maxQueuedControl = MaxQueuedControl;
    options.endsWhenReset = true;
    return options;
}

void RelayLeg::webSocketAlive()
{
    if (session != nullptr)
        session->core.heard(monotonicNow(), role);
}

void RelayLeg::webSocketClosed(const WebSocketClose &close)
{
    m_thread.closed(*this, close); // deletes this
}

std::uint64_t RelayLeg::takeDropped()
{
    const std::uint64_t dropped = m_stream.counters().dropped;
    return dropped - std::exchange(m_droppedBefore, dropped);
}

} // namespace higgs::relay
