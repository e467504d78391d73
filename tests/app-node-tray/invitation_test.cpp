// SPDX-License-Identifier: GPL-3.0-or-later
// Links that come to an owner from outside, at a bad moment or with bad intent.
#include "app-node/tray/server_page.h"
#include "shared/widgets/access_keys.h"
#include "tests/app-vpn-gui/window_bed.h"
#include "tests/support/scripted_node.h"

using namespace higgs;
using namespace higgs::node;
using namespace higgs::test;
using protocol::Json;

namespace {

const QString Pin = QStringLiteral("ab").repeated(32);
const QString Other = QStringLiteral("cd").repeated(32);

struct Bed
{
    ScriptedNode daemon;
    NodeLink link{daemon.path()};
    widgets::SecretStore secrets{QStringLiteral("HiggsTest"), false};
    widgets::AccessKeys keys{link.line(), secrets};
    ServerPage page{link, keys};

    Bed()
    {
        daemon.agreed();
        daemon.status()["server"] = Json{{"host", "home.example"},
                                         {"port", 3000},
                                         {"pin", control::pinText(Pin.toStdString())},
                                         {"accessNeeded", nullptr}};
        daemon.start();
        page.resize(400, 680);
        page.show();
        link.line().start();
    }
    bool isUp()
    {
        return QTest::qWaitFor([this] { return link.view().server.has_value(); });
    }
    QString server() { return named<QLineEdit>(page, "serverField")->text(); }
};

} // namespace

class InvitationTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keysOnTheirWayAreForNobody()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        named<QLineEdit>(bed.page, "keyField")->setFocus();
        bed.page.offer(QStringLiteral("higgs://join?server=other.example:3000"));
        QVERIFY(!named(bed.page, "keyField")->hasFocus());
        QVERIFY(!named(bed.page, "useServerButton")->isEnabled());
        QTest::keyClick(named(bed.page, "keyField"), Qt::Key_Return); // at once
        QCoreApplication::processEvents();
        QCOMPARE(bed.daemon.count("configureServer"), 0U);
        QTRY_VERIFY(named(bed.page, "useServerButton")->isEnabled());
    }

    void aLinkWaitsForWhatStandsThere()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        enter(bed.page, "keyField", QStringLiteral("half-a-k"));
        bed.page.offer(QStringLiteral("higgs://join?server=other.example:3000"));
        QVERIFY(bed.server().isEmpty());
        QVERIFY(textOf(bed.page, "useServerError").contains(QStringLiteral("Another invitation")));
    }

    void anotherCertificateIsAskedForTwice()
    {
        Bed bed;
        QVERIFY(bed.isUp());
        bed.page.offer(QStringLiteral("higgs://join?server=home.example:3000&pin=") + Other);
        pressSettled(bed.page, "useServerButton");
        QVERIFY(textOf(bed.page, "useServerError").contains(QStringLiteral("another certificate")));
        QCOMPARE(bed.daemon.count("configureServer"), 0U);
        QVERIFY(!named(bed.page, "useServerButton")->isEnabled());
        pressSettled(bed.page, "useServerButton");
        QTRY_COMPARE(bed.daemon.count("configureServer"), 1U);
    }
};

QTEST_MAIN(InvitationTest)

#include "invitation_test.moc"
