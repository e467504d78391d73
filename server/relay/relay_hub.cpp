// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_hub.h"

#include "server/relay/relay_thread.h"

#include <QThread>

namespace higgs::relay {

namespace {

// What all threads together hold for ends that are not there, but never less than for ten of them
// on each thread.
constexpr std::size_t MaxHeldBytes = 16 * 1024 * 1024;
constexpr std::size_t MinHeldBytesOfThread = 1024 * 1024;

std::size_t heldBytesOf(unsigned threads)
{
    return std::max(MaxHeldBytes / std::max(threads, 1u), MinHeldBytesOfThread);
}

} // namespace

/// A thread and what runs on it, which dies on it.
struct RelayHub::Lane
{
    QThread thread;
    RelayThread *relay = nullptr;
};

RelayHub::RelayHub(unsigned threads, QObject *parent) : QObject(parent)
{
    for (unsigned i = 0; i < std::max(threads, 1u); ++i) {
        auto lane = std::make_unique<Lane>();
        lane->relay = new RelayThread(heldBytesOf(threads)); // deleted by its thread's end
        lane->relay->moveToThread(&lane->thread);
        lane->thread.setObjectName(QStringLiteral("relay-%1").arg(i));
        connect(&lane->thread, &QThread::started, lane->relay, &RelayThread::start);
        connect(&lane->thread, &QThread::finished, lane->relay, &QObject::deleteLater);
        connect(lane->relay, &RelayThread::legOpened, this, &RelayHub::legOpened);
        connect(lane->relay, &RelayThread::answered, this, &RelayHub::answered);
        connect(lane->relay, &RelayThread::legClosed, this, &RelayHub::legClosed);
        connect(lane->relay, &RelayThread::sessionEnded, this, &RelayHub::sessionEnded);
        connect(lane->relay, &RelayThread::candidatesForNode, this, &RelayHub::candidatesForNode);
        lane->thread.start();
        m_lanes.push_back(std::move(lane));
    }
}

RelayHub::~RelayHub()
{
    for (const auto &lane : m_lanes)
        lane->thread.quit();
    for (const auto &lane : m_lanes)
        lane->thread.wait();
}

RelayThread &RelayHub::threadOf(const SessionId &session) const
{
    return *m_lanes[std::hash<SessionId>{}(session) % m_lanes.size()]->relay;
}

template <typename F>
void RelayHub::onThread(RelayThread &thread, F &&call)
{
    QMetaObject::invokeMethod(&thread, std::forward<F>(call), Qt::QueuedConnection);
}

void RelayHub::adopt(TlsConnection connection, RelayAdmission admission)
{
    RelayThread &thread = threadOf(admission.session);
    if (connection.place)
        connection.place->admitted();
    // Qt copies what it queues, so that what cannot be copied is shared.
    auto shared = std::make_shared<TlsConnection>(std::move(connection));
    onThread(thread, [&thread, shared, admission = std::move(admission)] {
        thread.adopt(std::move(*shared), admission);
    });
}

void RelayHub::refuse(TlsConnection connection, std::optional<protocol::WsDeflate> deflate,
                      RelayRefusal why)
{
    RelayThread &thread = *m_lanes[m_nextRefusal++ % m_lanes.size()]->relay;
    auto shared = std::make_shared<TlsConnection>(std::move(connection));
    onThread(thread,
             [&thread, shared, deflate, why] { thread.refuse(std::move(*shared), deflate, why); });
}

void RelayHub::setExpiry(const SessionId &session, Monotonic expiresAt)
{
    RelayThread &thread = threadOf(session);
    onThread(thread, [&thread, session, expiresAt] { thread.setExpiry(session, expiresAt); });
}

void RelayHub::endSession(const SessionId &session, std::uint16_t code, std::string_view reason)
{
    RelayThread &thread = threadOf(session);
    onThread(thread,
             [&thread, session, code, reason] { thread.endSession(session, code, reason); });
}

void RelayHub::releaseSession(const SessionId &session, std::uint16_t code, std::string_view reason)
{
    RelayThread &thread = threadOf(session);
    onThread(thread,
             [&thread, session, code, reason] { thread.releaseSession(session, code, reason); });
}

void RelayHub::candidatesForClient(const SessionId &session, std::string text)
{
    RelayThread &thread = threadOf(session);
    onThread(thread, [&thread, session, text = std::move(text)] {
        thread.candidatesForClient(session, text);
    });
}

void RelayHub::seenAlso(const SessionId &session, Role role, const IpAddress &address)
{
    RelayThread &thread = threadOf(session);
    onThread(thread,
             [&thread, session, role, address] { thread.seenAlso(session, role, address); });
}

void RelayHub::setTurnAddresses(const std::vector<IpAddress> &addresses)
{
    for (const auto &lane : m_lanes) {
        RelayThread &thread = *lane->relay;
        onThread(thread, [&thread, addresses] { thread.setTurnAddresses(addresses); });
    }
}

void RelayHub::drain()
{
    if (m_draining != 0)
        return;
    m_draining = m_lanes.size();
    for (const auto &lane : m_lanes) {
        RelayThread &thread = *lane->relay;
        // A thread may say so again when a late connection is turned away; the first time counts.
        connect(
            &thread, &RelayThread::drained, this,
            [this] {
                if (--m_draining == 0)
                    Q_EMIT drained();
            },
            Qt::SingleShotConnection);
        onThread(thread, [&thread] { thread.drain(); });
    }
}

RelaySnapshot RelayHub::counters() const
{
    RelaySnapshot sum;
    for (const auto &lane : m_lanes)
        lane->relay->counters().addTo(sum);
    return sum;
}

} // namespace higgs::relay
