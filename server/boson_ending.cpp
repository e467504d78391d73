// SPDX-License-Identifier: GPL-3.0-or-later
// The end of the server in order: who asks hears of it, what runs is finished, what is known is
// written down.
#include "server/boson.h"

#include "shared/base/log.h"

namespace higgs::server {

void Boson::stop()
{
    if (m_state.standing == Standing::Ending)
        return;
    m_state.standing = Standing::Ending;
    // Who looks at readiness has to look once more before the door closes, or sends people to it.
    m_stopAskedAt = monotonicNow();
    const bool isWatched =
        m_state.readinessAsked && m_stopAskedAt - *m_state.readinessAsked < ReadinessMemory;
    const Milliseconds notice = isWatched ? m_state.settings.limits.drainNotice : Milliseconds(0);
    log::info("server", "draining", {{"noticeMs", notice.count()}});
    Q_EMIT stopping();
    if (isWatched)
        QTimer::singleShot(notice, this, &Boson::closeAll);
    else
        closeAll();
}

void Boson::closeAll()
{
    m_cluster.leave();
    m_stopping = 3;
    QTimer::singleShot(m_state.settings.limits.drain, this, [this] {
        m_stopping = 1;
        partStopped();
    });
    m_http.drain();
    m_links.drain();
    m_hub.drain();
}

void Boson::partStopped()
{
    if (m_stopping <= 0 || --m_stopping > 0)
        return;
    m_stopping = -1;
    // No answer of the storage may find its asker gone; one that hangs is left behind.
    QTimer::singleShot(m_state.settings.limits.storageAnswer, this, &Boson::stopped);
    m_upkeep.flushAll();
}

} // namespace higgs::server
