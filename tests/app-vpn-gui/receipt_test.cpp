// SPDX-License-Identifier: GPL-3.0-or-later
// The receipt of what left outside the tunnel, as the window tells it: every answer that a daemon
// may give, and the page that shows, copies and saves it.
#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/receipt_page.h"
#include "tests/app-vpn-gui/scenes.h"
#include "tests/app-vpn-gui/window_bed.h"

#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace higgs;
using namespace higgs::vpn;
using namespace higgs::test;
using control::Json;

class ReceiptTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysThatNothingLeft()
    {
        const ReceiptView receipt = receiptView(receiptOf(0));
        QVERIFY(receipt.counted && receipt.counting);
        QCOMPARE(receiptHeadline(receipt),
                 QStringLiteral("0 packet(s) left outside the tunnel in 2 h 10 min"));
        QVERIFY(receipt.left.front().leaked);
        QCOMPARE(receipt.left.size(), std::size_t{5});
        QCOMPARE(receipt.refused.front().packets, quint64{14});
    }

    void saysWhatLeaked()
    {
        QVERIFY(receiptHeadline(receiptView(receiptOf(3))).startsWith(QStringLiteral("3 packet")));
        Json huge = receiptOf(0);
        huge["left"]["outside"]["packets"] = 9007199254740991;
        QVERIFY(receiptHeadline(receiptView(huge)).startsWith(QStringLiteral("2147483647")));
    }

    void saysWhatIsNotKnown()
    {
        QVERIFY(!receiptNote(receiptView(receiptOf(0))).contains(QStringLiteral("removed")));
        Json gaps = receiptOf(0, 2);
        gaps["gapSeconds"] = 90;
        const QString note = receiptNote(receiptView(gaps));
        QVERIFY(note.contains(QStringLiteral("counters 2 time(s): what left in these 1 min")));
        QVERIFY(!note.contains(QStringLiteral("At this moment")));
        gaps["counting"] = false;
        gaps["until"] = Json();
        gaps["inherited"] = true;
        const QString held = receiptNote(receiptView(gaps));
        QVERIFY(held.contains(QStringLiteral("At this moment nothing is counted")));
        QVERIFY(held.contains(QStringLiteral("while the service was not running")));
    }

    void isTotal()
    {
        for (const Json &odd : {Json(), Json::array(), Json("text"), Json::object(),
                                Json{{"left", 5}, {"refused", 7}},
                                Json{{"left", {{"outside", "x"}}}, {"refused", Json::array()}}}) {
            const ReceiptView receipt = receiptView(odd);
            QVERIFY(!receiptHeadline(receipt).isEmpty() && !receiptText(receipt).isEmpty());
            QCOMPARE(receipt.outside, quint64{0});
        }
        QVERIFY(!receiptView(Json::object()).counted);
    }

    void pageShowsCopiesAndSaves()
    {
        ScriptedDaemon daemon;
        Json told = receiptOf(0);
        daemon.answer("receipt", [&told](const Json &) { return Result<Json>(told); });
        daemon.start();
        DaemonLink link(daemon.path());
        link.line().start();
        QTRY_COMPARE(link.linkState(), LinkState::Up);
        ReceiptPage page(link);
        page.resize(400, 680);
        page.show();
        QTRY_VERIFY(textOf(page, "receiptHeadline").startsWith(QStringLiteral("0 packet")));
        const QString all = allTexts(page);
        QVERIFY2(all.contains(QStringLiteral("Questions for names")), qPrintable(all));
        press(page, "receiptCopy");
        QCOMPARE(QApplication::clipboard()->text(), page.text());
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("receipt.txt"));
        QVERIFY(page.save(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(file.readAll()), page.text());
        QVERIFY(!page.save(folder.filePath(QStringLiteral("missing/receipt.txt"))));
        // It follows what the daemon counts, and says so when that does not answer.
        told = receiptOf(8);
        QTRY_VERIFY(textOf(page, "receiptHeadline").startsWith(QStringLiteral("8 packet")));
        daemon.stop();
        QTRY_VERIFY(!textOf(page, "receiptNote").contains(QStringLiteral("Since")));
        const QSignalSpy back(&page, &ReceiptPage::back);
        QTest::keyClick(page.focusProxy(), Qt::Key_Escape);
        QTRY_COMPARE(back.count(), 1);
    }
};

QTEST_MAIN(ReceiptTest)

#include "receipt_test.moc"
