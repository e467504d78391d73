// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/termination_signals.h"

#include <QSocketNotifier>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace higgs::control {

namespace {

// A signal handler can reach nothing but a static: the pipe's write end, set before it is
// installed.
volatile std::sig_atomic_t writeEnd = -1;

void tellPipe(int)
{
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = ::write(writeEnd, &byte, 1);
}

void setHandler(void (*handler)(int))
{
    struct sigaction action
    {};
    action.sa_handler = handler;
    // The default comes back with the first one.
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

} // namespace

TerminationSignals::TerminationSignals(QObject *parent) : QObject(parent)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return; // then the signals end the process as they always did
    m_readEnd = ends[0];
    writeEnd = ends[1];
    m_notifier = new QSocketNotifier(m_readEnd, QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, [this] {
        char byte = 0;
        if (::read(m_readEnd, &byte, 1) == 1)
            Q_EMIT requested();
    });
    setHandler(tellPipe);
}

TerminationSignals::~TerminationSignals()
{
    setHandler(SIG_DFL);
    if (m_readEnd < 0)
        return;
    m_notifier->setEnabled(false);
    ::close(m_readEnd);
    ::close(static_cast<int>(writeEnd));
    writeEnd = -1;
}

} // namespace higgs::control
