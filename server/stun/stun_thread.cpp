// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/stun/stun_thread.h"

#include "shared/net/stun_responder.h"

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
            m_stun.reset();
            m_epoll.reset();
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

Result<void> StunThread::listen(const Endpoint &endpoint)
{
    Result<void> bound;
    QMetaObject::invokeMethod(
        m_context,
        [&] {
            m_epoll = std::make_unique<EpollSet>();
            m_stun = std::make_unique<StunResponder>(*m_epoll);
            bound = m_stun->listen(endpoint);
            if (bound)
                m_local = m_stun->localEndpoint();
        },
        Qt::BlockingQueuedConnection);
    return bound;
}

} // namespace higgs::server
