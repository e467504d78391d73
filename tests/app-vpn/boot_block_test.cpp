// SPDX-License-Identifier: GPL-3.0-or-later
// When the machine's start is covered by a block, and whether systemd was told to do so.
#include "app-vpn/daemon/boot_block.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::vpn;

class BootBlockTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whenItIsDue()
    {
        const WallTime now{1'000'000'000'000};
        Settings settings;
        QVERIFY(!blocksAtBoot(settings, true, now));
        settings.policy.lockdown = true;
        QVERIFY(blocksAtBoot(settings, false, now));
        settings.policy.lockdown = false;
        settings.autoconnect = true;
        QVERIFY(blocksAtBoot(settings, true, now));
        QVERIFY(!blocksAtBoot(settings, false, now)); // it could never connect
        settings.server = ConfiguredServer{"192.0.2.1", 3000, {}};
        QVERIFY(blocksAtBoot(settings, false, now));
        settings.autoconnect = false;
        QVERIFY(!blocksAtBoot(settings, true, now));
        settings.wish = ConnectRequest{};
        QVERIFY(blocksAtBoot(settings, true, now));
        settings.pausedUntil = now + Milliseconds(1);
        QVERIFY(!blocksAtBoot(settings, true, now));
        settings.pausedFrom = now; // the clock was set back meanwhile
        QVERIFY(!blocksAtBoot(settings, true, now));
        settings.pausedFrom = now + Milliseconds(1);
        QVERIFY(blocksAtBoot(settings, true, now));
        settings.pausedFrom.reset();
        settings.pausedUntil = now;
        QVERIFY(blocksAtBoot(settings, true, now));
        settings.pausedUntil =
            now + LongestPause + Milliseconds(1); // no pause that anybody asked for
        QVERIFY(blocksAtBoot(settings, true, now));
    }

    void whatSystemdWasTold()
    {
        const QTemporaryDir directory;
        const QDir root(directory.path());
        const auto enabled = [&] { return bootBlockEnabled(root.path().toStdString()); };
        const QString unit = QStringLiteral("higgs-lockdown.service");
        const QString library = root.filePath(QStringLiteral("usr/lib/systemd/system/"));
        const QString own = root.filePath(QStringLiteral("etc/systemd/system/"));
        QVERIFY(!enabled().has_value());
        QVERIFY(root.mkpath(QStringLiteral("run/systemd/system")));
        QVERIFY(enabled() == false);
        QVERIFY(root.mkpath(library) && root.mkpath(own + QStringLiteral("sysinit.target.wants")));
        QFile file(library + unit);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("[Unit]\n") > 0);
        file.close();
        QVERIFY(enabled() == false);
        QVERIFY(QFile::link(library + unit, own + QStringLiteral("sysinit.target.wants/") + unit));
        QVERIFY(enabled() == true);
        QVERIFY(QFile::link(QStringLiteral("/dev/null"), own + unit));
        QVERIFY(enabled() == false); // masked
    }
};

QTEST_GUILESS_MAIN(BootBlockTest)
#include "boot_block_test.moc"
