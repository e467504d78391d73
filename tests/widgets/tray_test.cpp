// SPDX-License-Identifier: GPL-3.0-or-later
// A tray that is not there at first, comes, and goes: on a session bus of the test's own.
#include "shared/widgets/tray.h"
#include "shared/widgets/tray_icon.h"

#include <QDBusConnection>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <memory>

using namespace higgs::widgets;

/// As much of org.kde.StatusNotifierWatcher as an icon needs.
class Watcher : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.kde.StatusNotifierWatcher")
    Q_PROPERTY(bool IsStatusNotifierHostRegistered READ hostRegistered)

public:
    bool hostRegistered() const { return true; }

public Q_SLOTS:
    void RegisterStatusNotifierItem(const QString &) {}
};

class TrayTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void comesAndGoes();

private:
    const QString m_service = QStringLiteral("org.kde.StatusNotifierWatcher");
    const QString m_path = QStringLiteral("/StatusNotifierWatcher");
};

void TrayTest::initTestCase()
{
    if (!QDBusConnection::sessionBus().isConnected())
        QSKIP("there is no session bus (dbus-run-session)");
}

void TrayTest::comesAndGoes()
{
    constexpr int Patience = 15'000;
    QMenu menu;
    Tray tray(menu);
    QSignalSpy changes(&tray, &Tray::availabilityChanged);
    tray.setIcon(trayIcon(TrayShape::Off, Shade::Light));
    tray.setToolTip(QStringLiteral("off"));
    QVERIFY(!tray.available());
    tray.notify(QStringLiteral("nobody"), QStringLiteral("sees this"), false);

    // The watcher answers on a connection and thread of its own: the tray asks and waits.
    QThread desktop;
    QObject there;
    there.moveToThread(&desktop);
    desktop.start();
    std::unique_ptr<Watcher> watcher;
    const auto onDesktop = [&there](auto work) {
        QMetaObject::invokeMethod(&there, work, Qt::BlockingQueuedConnection);
    };
    onDesktop([&] {
        QDBusConnection bus =
            QDBusConnection::connectToBus(QDBusConnection::SessionBus, QStringLiteral("desktop"));
        watcher = std::make_unique<Watcher>();
        bus.registerObject(m_path, watcher.get(),
                           QDBusConnection::ExportAllProperties | QDBusConnection::ExportAllSlots);
        bus.registerService(m_service);
    });
    QTRY_COMPARE_WITH_TIMEOUT(changes.count(), 1, Patience);
    QVERIFY(tray.available());
    tray.setToolTip(QStringLiteral("on"));
    onDesktop([&] {
        QDBusConnection bus(QStringLiteral("desktop"));
        bus.unregisterService(m_service);
        bus.unregisterObject(m_path);
        watcher.reset();
    });
    QTRY_COMPARE_WITH_TIMEOUT(changes.count(), 2, Patience);
    QVERIFY(!tray.available());
    onDesktop([] { QDBusConnection::disconnectFromBus(QStringLiteral("desktop")); });
    desktop.quit();
    desktop.wait();
}

QTEST_MAIN(TrayTest)
#include "tray_test.moc"
