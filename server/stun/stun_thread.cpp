// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/stun/stun_thread.h"

#include "shared/net/stun_responder.h"
#include "shared/net/stun_tcp.h"

namespace higgs::server {

StunThread::StunThread() : m_context(new QObject)
{
    m_thread.setObjectName(QStringLiteral("stun"));
    m_context->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_context, &QObject::deleteLater);
    m_thread.start();
}

StunThread::~StunThread()
{
    QMetaObject::invokeMethod(
        m_context,
        [this] {
            m_tcp.reset();
            m_stun.reset();
            m_epoll.reset();
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

std::uint64_t StunThread::answered() const
{
    return m_stun->answered() + m_tcp->answered();
}

std::uint64_t StunThread::refused() const
{
    return m_stun->limiter().refused();
}

Result<void> StunThread::listen(const StunPlaces &places)
{
    Result<void> bound;
    QMetaObject::invokeMethod(
        m_context,
        [&] {
            m_epoll = std::make_unique<EpollSet>();
            m_stun = std::make_unique<StunResponder>(*m_epoll);
            m_tcp = std::make_unique<StunTcp>(*m_epoll, m_stun->limiter());
            bound = bind(places);
            if (!bound && places.twoPorts && places.alternates.empty()) {
                StunPlaces one = places;
                one.twoPorts = false;
                bound = bind(one);
            }
            if (bound) {
                m_local = m_stun->localEndpoint();
                m_secondPort = m_stun->places().otherPort(m_local);
            }
        },
        Qt::BlockingQueuedConnection);
    return bound;
}

/// A port that the kernel chose for UDP may be somebody's over TCP; then it chooses again.
Result<void> StunThread::bind(const StunPlaces &places)
{
    const bool chosen =
        places.primary.port == 0 || (places.hasTwoPorts() && places.alternatePort == 0);
    constexpr int MostChoices = 16;
    Result<void> bound;
    for (int choice = 0; choice < (chosen ? MostChoices : 1); ++choice) {
        bound = m_stun->listenAll(places);
        if (bound)
            bound = m_tcp->listen(m_stun->sockets(), m_stun->places());
        if (bound || bound.error().code != ErrorCode::AlreadyExists)
            return bound;
    }
    return bound;
}

} // namespace higgs::server
