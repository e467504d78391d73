// SPDX-License-Identifier: GPL-3.0-or-later
// The driver's end of a pipe: a JSON object a line in, one a line out; and when the window first
// showed.
#pragma once

#include "tests/gui_driver/loop_watch.h"

#include <QByteArray>
#include <QObject>
#include <QSocketNotifier>
#include <chrono>
#include <optional>

namespace higgs::gui_driver {

/// Reads standard input and writes standard output of the program it is loaded into, on its thread.
class Session : public QObject
{
    Q_OBJECT

public:
    Session();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    using Clock = std::chrono::steady_clock;

    void read();
    void take();
    void handle(const QByteArray &line);
    void say(const QJsonObject &object);

    QSocketNotifier m_input;
    QByteArray m_pending;
    LoopWatch m_watch;
    std::optional<Clock::time_point> m_shown;   ///< a window was shown
    std::optional<Clock::time_point> m_painted; ///< and painted
};

} // namespace higgs::gui_driver
