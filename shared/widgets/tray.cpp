// SPDX-License-Identifier: GPL-3.0-or-later
// Qt remembers for good whether a StatusNotifier host stood when it was first asked. So it is not
// asked before one stands, or before it is plain that only the older kind of tray may come.
#include "shared/widgets/tray.h"

#include "shared/widgets/plain_text.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QGuiApplication>
#include <QMenu>
#include <QSystemTrayIcon>

namespace higgs::widgets {

namespace {

constexpr int FirstLooksMs = 500; // a session's panel starts together with us
constexpr int LaterLooksMs = 5000;
constexpr int FirstLooks = 6;
constexpr int AnswerMs = 200;
constexpr int ShownMs = 8000;

QString watcher()
{
    return QStringLiteral("org.kde.StatusNotifierWatcher");
}

bool hostStands()
{
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return false;
    QDBusMessage question = QDBusMessage::createMethodCall(
        watcher(), QStringLiteral("/StatusNotifierWatcher"),
        QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"));
    question << watcher() << QStringLiteral("IsStatusNotifierHostRegistered");
    question.setAutoStartService(false);
    const QDBusMessage answer = bus.call(question, QDBus::Block, AnswerMs);
    if (answer.type() != QDBusMessage::ReplyMessage || answer.arguments().isEmpty())
        return false;
    return answer.arguments().constFirst().value<QDBusVariant>().variant().toBool();
}

} // namespace

Tray::Tray(QMenu &menu, QObject *parent) : QObject(parent), m_menu(menu)
{
    connect(&m_looking, &QTimer::timeout, this, &Tray::look);
    m_looking.start(FirstLooksMs);
    look();
}

Tray::~Tray() = default;

bool Tray::askDesktop()
{
    if (hostStands())
        return true;
    // The older kind exists under X11 only, and is looked for once the newer kind did not come.
    const bool x11 = QGuiApplication::platformName() == QLatin1String("xcb");
    return x11 && m_looks >= FirstLooks && QSystemTrayIcon::isSystemTrayAvailable();
}

void Tray::look()
{
    if (m_looks < FirstLooks && ++m_looks == FirstLooks)
        m_looking.setInterval(LaterLooksMs);
    const bool now = askDesktop();
    if (now == m_available)
        return;
    m_available = now;
    if (now)
        show();
    else
        m_tray.reset();
    Q_EMIT availabilityChanged(now);
}

void Tray::show()
{
    m_tray = std::make_unique<QSystemTrayIcon>(m_icon);
    m_tray->setToolTip(m_toolTip);
    m_tray->setContextMenu(&m_menu);
    connect(m_tray.get(), &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason reason) {
                if (reason != QSystemTrayIcon::Context)
                    Q_EMIT activated();
            });
    connect(m_tray.get(), &QSystemTrayIcon::messageClicked, this, &Tray::activated);
    m_tray->show();
}

void Tray::setIcon(const QIcon &icon)
{
    m_icon = icon;
    if (m_tray)
        m_tray->setIcon(icon);
}

void Tray::setToolTip(const QString &text)
{
    m_toolTip = withoutMarkup(text);
    if (m_tray)
        m_tray->setToolTip(m_toolTip);
}

void Tray::notify(const QString &title, const QString &text, bool urgent)
{
    if (m_tray)
        m_tray->showMessage(title, text.toHtmlEscaped(),
                            urgent ? QSystemTrayIcon::Warning : QSystemTrayIcon::Information,
                            ShownMs);
}

} // namespace higgs::widgets
