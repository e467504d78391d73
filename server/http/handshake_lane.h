// SPDX-License-Identifier: GPL-3.0-or-later
// One thread that does the cryptography of handshakes for the acceptor, which decides whose turn it
// is, and does nothing dear itself.
#pragma once

#include "server/http/arrival.h"

#include <QThread>
#include <functional>
#include <memory>

namespace higgs::server {

/// Made, asked and deleted on the thread of `home`.
class HandshakeLane
{
public:
    /// Called on the thread of `home`; not after that is gone.
    using Finished = std::function<void(std::uint64_t arrival, Arrival::Step step)>;

    /// `home` must outlive it.
    HandshakeLane(QObject &home, TlsContext context, Finished finished);
    /// What was not begun is never finished; what was, before this returns.
    ~HandshakeLane();
    HandshakeLane(const HandshakeLane &) = delete;
    HandshakeLane &operator=(const HandshakeLane &) = delete;

    /// One step of it. Until it is finished nobody else may touch its session; a later step has to
    /// be made by the same lane, whose buffers its session has.
    void work(Arrival &arrival);
    void setContext(TlsContext context);

private:
    /// What lives on the lane's thread.
    struct Desk
    {
        explicit Desk(TlsContext own) : context(std::move(own)) {}

        QObject queue;
        TlsContext context;
        Bytes sealed;
        Bytes fetched;
    };

    QObject &m_home;
    Finished m_finished;
    std::unique_ptr<Desk> m_desk;
    QThread m_thread;
};

} // namespace higgs::server
