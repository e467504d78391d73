// SPDX-License-Identifier: GPL-3.0-or-later
// SIGTERM and SIGINT as a Qt signal, through a pipe: a clean shutdown runs in the event loop.
#pragma once

#include <QObject>

class QSocketNotifier;

namespace higgs::control {

/// One per process, made by main(). The first SIGTERM or SIGINT asks; a second one of the same kind
/// ends the process at once, for a person who waits no longer. Nothing is blocked, so that programs
/// the daemon starts do not inherit a signal mask that keeps them alive.
class TerminationSignals : public QObject
{
    Q_OBJECT

public:
    explicit TerminationSignals(QObject *parent = nullptr);
    ~TerminationSignals() override;

Q_SIGNALS:
    void requested();

private:
    int m_readEnd = -1;
    QSocketNotifier *m_notifier = nullptr;
};

} // namespace higgs::control
