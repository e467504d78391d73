// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui_driver/session.h"

#include "tests/gui_driver/commands.h"

#include <QCoreApplication>
#include <QEvent>
#include <QJsonDocument>
#include <QTimer>
#include <QWidget>
#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace higgs::gui_driver {

namespace {

double milliseconds(std::chrono::steady_clock::time_point when)
{
    return std::chrono::duration<double, std::milli>(when.time_since_epoch()).count();
}

} // namespace

Session::Session() : m_input(STDIN_FILENO, QSocketNotifier::Read)
{
    ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    connect(&m_input, &QSocketNotifier::activated, this, &Session::read);
    QCoreApplication::instance()->installEventFilter(this);
}

void Session::read()
{
    std::array<char, 4096> chunk{};
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (got <= 0) {
            if (got == 0)
                m_input.setEnabled(false);
            break;
        }
        m_pending.append(chunk.data(), got);
    }
    take();
}

void Session::take()
{
    for (qsizetype end = m_pending.indexOf('\n'); end >= 0; end = m_pending.indexOf('\n')) {
        if (!mayAct()) {
            QTimer::singleShot(1, this, &Session::take);
            return;
        }
        const QByteArray line = m_pending.left(end);
        m_pending.remove(0, end + 1);
        handle(line);
    }
}

void Session::handle(const QByteArray &line)
{
    const QJsonObject command = QJsonDocument::fromJson(line).object();
    if (command.value(QLatin1String("do")).toString() != QLatin1String("shown"))
        return say(answer(command, m_watch));
    // Milliseconds of the steady clock, which is the same in every process.
    QJsonObject shown{{QStringLiteral("ok"), m_painted.has_value()}};
    if (m_painted) {
        shown.insert(QStringLiteral("shown"), milliseconds(*m_shown));
        shown.insert(QStringLiteral("painted"), milliseconds(*m_painted));
    }
    say(shown);
}

void Session::say(const QJsonObject &object)
{
    QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    for (qsizetype sent = 0; sent < line.size();) {
        const ssize_t wrote = ::write(STDOUT_FILENO, line.constData() + sent,
                                      static_cast<std::size_t>(line.size() - sent));
        if (wrote <= 0)
            return;
        sent += wrote;
    }
}

bool Session::eventFilter(QObject *watched, QEvent *event)
{
    if (m_painted || (event->type() != QEvent::Show && event->type() != QEvent::UpdateRequest))
        return false;
    const auto *widget = qobject_cast<QWidget *>(watched);
    if (widget == nullptr || !widget->isWindow())
        return false;
    if (event->type() == QEvent::Show)
        m_shown = m_shown.value_or(Clock::now());
    else if (m_shown)
        // The request is served by what follows; the first turn after it has it on the screen.
        QMetaObject::invokeMethod(
            this, [this] { m_painted = m_painted.value_or(Clock::now()); }, Qt::QueuedConnection);
    return false;
}

} // namespace higgs::gui_driver
