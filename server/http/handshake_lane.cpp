// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/handshake_lane.h"

#include <sys/resource.h>
#include <unistd.h>

namespace higgs::server {

namespace {

// Cryptography for strangers gives way to packets and requests where processors are few.
constexpr int Niceness = 5;

} // namespace

HandshakeLane::HandshakeLane(QObject &home, TlsContext context, Finished finished)
    : m_home(home),
      m_finished(std::move(finished)),
      m_desk(std::make_unique<Desk>(std::move(context)))
{
    m_desk->queue.moveToThread(&m_thread);
    m_thread.setObjectName(QStringLiteral("handshake"));
    m_thread.start();
    QMetaObject::invokeMethod(&m_desk->queue, [] {
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), Niceness);
    });
}

HandshakeLane::~HandshakeLane()
{
    m_thread.quit();
    m_thread.wait();
}

void HandshakeLane::work(Arrival &arrival)
{
    QMetaObject::invokeMethod(
        &m_desk->queue,
        [&arrival, desk = m_desk.get(), home = &m_home, finished = m_finished] {
            const Arrival::Step step =
                arrival.shakeHands(desk->context, {desk->sealed, desk->fetched});
            QMetaObject::invokeMethod(
                home, [finished, id = arrival.id(), step] { finished(id, step); },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void HandshakeLane::setContext(TlsContext context)
{
    auto shared = std::make_shared<TlsContext>(std::move(context));
    QMetaObject::invokeMethod(
        &m_desk->queue, [shared, desk = m_desk.get()] { desk->context = std::move(*shared); },
        Qt::QueuedConnection);
}

} // namespace higgs::server
