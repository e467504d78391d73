// SPDX-License-Identifier: GPL-3.0-or-later
// Links that come from outside, at a bad moment or with bad intent.
#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/first_run.h"
#include "shared/widgets/access_keys.h"
#include "tests/app-vpn-gui/window_bed.h"
#include "tests/support/scripted_daemon.h"

using namespace higgs;
using namespace higgs::vpn;
using namespace higgs::test;
using control::Json;

namespace {

const QString Pin = QStringLiteral("ab").repeated(32);
const QString Other = QStringLiteral("cd").repeated(32);

QString link(const QString &server, const QString &pin = {})
{
    return QStringLiteral("higgs://join?server=") + server +
           (pin.isEmpty() ? QString() : QStringLiteral("&pin=") + pin);
}

} // namespace

class InvitationTest : public QObject
{
    Q_OBJECT

private:
    struct Bed
    {
        ScriptedDaemon daemon;
        DaemonLink link{daemon.path()};
        widgets::SecretStore secrets{QStringLiteral("HiggsTest"), false};
        widgets::AccessKeys keys{link.line(), secrets};
        FirstRun page{link, keys};

        explicit Bed(const Json &pin = nullptr)
        {
            daemon.status()["server"]["pin"] = pin;
            daemon.start();
            page.resize(400, 680);
            page.setVisible(true);
            link.line().start();
        }
        bool isUp()
        {
            return QTest::qWaitFor([this] { return link.linkState() == LinkState::Up; });
        }
        bool accepts() { return named(page, "firstRunAccept")->isEnabled(); }
    };

private Q_SLOTS:
    void aClickOnItsWayIsForNobody()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        bed.page.offer(link(QStringLiteral("other.example:3000")));
        QVERIFY(shows(bed.page, "firstRunAccept") && !bed.accepts());
        QTRY_VERIFY(bed.accepts());
    }

    void aSecondLinkIsPutAside()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        bed.page.offer(link(QStringLiteral("first.example:3000")));
        bed.page.offer(link(QStringLiteral("second.example:3000")));
        QCOMPARE(textOf(bed.page, "firstRunInvitedServer"), QStringLiteral("first.example:3000"));
        QVERIFY(textOf(bed.page, "firstRunError").contains(QStringLiteral("Another invitation")));
        bed.daemon.leaveOpen("configureServer");
        pressSettled(bed.page, "firstRunAccept");
        bed.page.offer(link(QStringLiteral("second.example:3000"))); // while it is on its way
        QCOMPARE(textOf(bed.page, "firstRunInvitedServer"), QStringLiteral("first.example:3000"));
    }

    void whatIsBeingTypedStays()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        bed.page.begin();
        enter(bed.page, "firstRunServer", QStringLiteral("typed.example"));
        bed.page.offer(link(QStringLiteral("other.example:3000")));
        QVERIFY(!shows(bed.page, "firstRunAccept"));
        QCOMPARE(named<QLineEdit>(bed.page, "firstRunServer")->text(),
                 QStringLiteral("typed.example"));
    }

    void aDeclinedOneMakesRoom()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        bed.page.offer(link(QStringLiteral("first.example:3000")));
        press(bed.page, "firstRunDecline");
        bed.page.offer(link(QStringLiteral("second.example:3000")));
        QCOMPARE(textOf(bed.page, "firstRunInvitedServer"), QStringLiteral("second.example:3000"));
    }

    void anotherCertificateIsAskedForTwice_data()
    {
        QTest::addColumn<QString>("pin");
        QTest::newRow("another pin") << Other;
        QTest::newRow("none") << QString();
    }
    void anotherCertificateIsAskedForTwice()
    {
        QFETCH(QString, pin);
        Bed bed(control::pinText(Pin.toStdString()));
        QVERIFY(bed.isUp());
        bed.page.offer(link(QStringLiteral("vpn.example.net:3000"), pin));
        const QString warning = textOf(bed.page, "firstRunReplaces");
        QVERIFY2(warning.contains(QStringLiteral("another certificate")), qPrintable(warning));
        QVERIFY(warning.contains(QString::fromStdString(control::checkWords(Pin.toStdString()))));
        pressSettled(bed.page, "firstRunAccept");
        QCOMPARE(bed.daemon.count("configureServer"), 0U);
        QVERIFY(!bed.accepts()); // a double click is not two decisions
        pressSettled(bed.page, "firstRunAccept");
        QTRY_COMPARE(bed.daemon.count("configureServer"), 1U);
    }

    void theSameServerIsNoNews()
    {
        Bed bed(control::pinText(Pin.toStdString()));
        QVERIFY(bed.isUp());
        bed.page.offer(link(QStringLiteral("vpn.example.net:3000"), Pin));
        QVERIFY(textOf(bed.page, "firstRunReplaces").contains(QStringLiteral("use already")));
        pressSettled(bed.page, "firstRunAccept");
        QTRY_COMPARE(bed.daemon.count("configureServer"), 1U);
    }
};

QTEST_MAIN(InvitationTest)

#include "invitation_test.moc"
