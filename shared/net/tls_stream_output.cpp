// SPDX-License-Identifier: GPL-3.0-or-later
// TlsStream's sending half: what is queued is sealed into records, and sent in as few calls as it
// takes.
#include "shared/net/net_buffers.h"
#include "shared/net/socket_error.h"
#include "shared/net/tls_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace higgs {

namespace {

/// What the kernel takes now, as it counts (tcp(7), TCP_NOTSENT_LOWAT): what is sealed beyond it
/// can neither be sent nor be thrown away.
std::size_t roomOf(int socket)
{
    int notSent = 0;
    if (::ioctl(socket, SIOCOUTQNSD, &notSent) != 0)
        return 0;
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0)
        return 0;
    const auto least = [](std::int64_t limit, std::int64_t used) {
        return static_cast<std::size_t>(std::max<std::int64_t>(0, limit - used));
    };
    return std::min(least(TlsNotSentLowWater, notSent),
                    least(memory[SK_MEMINFO_SNDBUF], memory[SK_MEMINFO_WMEM_QUEUED]));
}

} // namespace

bool TlsStream::write(ByteSpan data)
{
    const bool ended = m_state == State::Closed || m_state == State::Finishing ||
                       m_state == State::Lingering || m_failure;
    if (ended || queuedBytes() + data.size() > MaxTlsWriteQueue)
        return false;
    if (m_plainBegin > 0) {
        m_plain.erase(m_plain.begin(), m_plain.begin() + static_cast<std::ptrdiff_t>(m_plainBegin));
        m_plainBegin = 0;
    }
    m_plain.insert(m_plain.end(), data.begin(), data.end());
    m_drainAwaited = true;
    m_epoll.atTurnEnd(*this);
    return true;
}

void TlsStream::requestOutput()
{
    if (!m_blockedSince)
        m_epoll.atTurnEnd(*this);
}

/// Sends all there is until the socket takes no more.
void TlsStream::flush()
{
    if (m_state != State::Open && m_state != State::Finishing)
        return;
    bool more = sendUnsent();
    while (more) {
        if (!seal()) {
            m_buffers.sealed.clear();
            break;
        }
        if (m_buffers.sealed.empty())
            break;
        more = sendSealed() && m_unsent.empty();
    }
    if (m_session->failure() || m_sendError != 0) {
        closed(m_session->failure() ? m_session->failure() : socketError("send", m_sendError));
        return;
    }
    updateInterest();
    if (!m_unsent.empty())
        return;
    if (m_state == State::Finishing) {
        finishStep();
    } else if (m_drainAwaited && queuedBytes() == 0) {
        m_drainAwaited = false;
        m_client->streamDrained();
    }
}

/// Gathers records for one send: one, and as many more as the socket takes. False if OpenSSL
/// failed.
bool TlsStream::seal()
{
    std::optional<std::size_t> room;
    for (;;) {
        if (!m_buffers.sealed.empty() && !room)
            room = std::min(TlsSendSize, roomOf(m_fd));
        if (room && m_buffers.sealed.size() >= *room)
            return true;
        if (m_plainBegin < m_plain.size()) {
            const ByteSpan rest = ByteSpan(m_plain).subspan(m_plainBegin);
            const ByteSpan record = rest.first(std::min(rest.size(), MaxTlsRecord));
            if (!m_session->seal(record))
                return false;
            m_plainBegin += record.size();
            if (m_plainBegin == m_plain.size()) {
                Bytes().swap(m_plain);
                m_plainBegin = 0;
            }
            continue;
        }
        const ByteSpan output = m_client->nextOutput();
        if (output.empty())
            return true;
        const ByteSpan record = output.first(std::min(output.size(), MaxTlsRecord));
        if (!m_session->seal(record))
            return false;
        m_client->outputTaken(record.size());
    }
    return true;
}

/// Sends what OpenSSL left in the shared buffer; keeps what the socket does not take. False if the
/// socket failed.
bool TlsStream::sendSealed()
{
    Bytes &sealed = m_buffers.sealed;
    if (sealed.empty())
        return m_sendError == 0;
    const std::size_t sent = m_unsent.empty() ? sendSome(sealed) : 0;
    m_unsent.insert(m_unsent.end(), sealed.begin() + static_cast<std::ptrdiff_t>(sent),
                    sealed.end());
    sealed.clear();
    if (!m_unsent.empty())
        updateInterest();
    return m_sendError == 0;
}

/// True if nothing is left over from earlier sends.
bool TlsStream::sendUnsent()
{
    if (m_unsent.empty())
        return true;
    m_unsentBegin += sendSome(ByteSpan(m_unsent).subspan(m_unsentBegin));
    if (m_unsentBegin < m_unsent.size())
        return false;
    Bytes().swap(m_unsent);
    m_unsentBegin = 0;
    return true;
}

std::size_t TlsStream::sendSome(ByteSpan bytes)
{
    const ssize_t sent = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !wouldBlock(errno)) {
        m_sendError = errno;
        return 0;
    }
    const std::size_t count = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (count == bytes.size())
        m_blockedSince.reset();
    else if (count > 0 || !m_blockedSince)
        m_blockedSince = monotonicNow();
    if (m_blockedSince && m_state == State::Open && !m_deadline.isActive())
        m_deadline.start(m_stallTimeout);
    return count;
}

} // namespace higgs
