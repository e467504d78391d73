// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in STUN server on a thread of its own, so that a flood of binding requests does not
// slow the API.
#pragma once

#include "shared/net/stun_answer.h"

#include <QThread>
#include <memory>

namespace higgs {
class EpollSet;
class StunResponder;
class StunTcp;
} // namespace higgs

namespace higgs::server {

class StunThread
{
public:
    StunThread();
    ~StunThread();

    /// Over UDP and TCP, by the same ports; waits until all sockets are bound. Goes without a
    /// second port that somebody has, where no second address goes with it.
    Result<void> listen(const StunPlaces &places);
    [[nodiscard]] Endpoint localEndpoint() const { return m_local; }
    /// Binding requests that were answered, and that the rate limit refused. Any thread may ask.
    [[nodiscard]] std::uint64_t answered() const;
    [[nodiscard]] std::uint64_t refused() const;
    /// The second port of the same addresses; 0: there is none, or a second address goes with it.
    [[nodiscard]] std::uint16_t secondPort() const { return m_secondPort; }

private:
    Result<void> bind(const StunPlaces &places);

    QThread m_thread;
    QObject *m_context = nullptr;          ///< lives on m_thread
    std::unique_ptr<EpollSet> m_epoll;     ///< used on m_thread only
    std::unique_ptr<StunResponder> m_stun; ///< used on m_thread only
    std::unique_ptr<StunTcp> m_tcp;        ///< used on m_thread only
    Endpoint m_local;
    std::uint16_t m_secondPort = 0;
};

} // namespace higgs::server
