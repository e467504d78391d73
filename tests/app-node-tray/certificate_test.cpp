// SPDX-License-Identifier: GPL-3.0-or-later
// What the self-test found, for others of the home: a sheet where it passed, a remedy where not.
#include "app-node/tray/home_certificate.h"
#include "app-node/tray/safety_page.h"
#include "tests/app-node-tray/node_window.h"

#include <QAbstractButton>
#include <QFile>
#include <QLabel>

using namespace higgs;
using namespace higgs::node;

namespace {

Attempt tried(const char *address, const QString &kind, Seen seen, bool ok)
{
    const QString target = QString::fromLatin1(address);
    return {target, target, kind, kind == QLatin1String("control"), seen, ok};
}

SafetyReport passed()
{
    SafetyReport report;
    report.summary.state = SafetyState::Passed;
    report.summary.at = WallTime{1793714400000};
    report.summary.tried = 3;
    report.rulesOk = true;
    report.attempts = {tried("192.168.1.20", QStringLiteral("lan"), Seen::Refused, true),
                       tried("192.168.1.1", QStringLiteral("lan"), Seen::Silent, true),
                       tried("1.1.1.1", QStringLiteral("control"), Seen::Reached, true)};
    return report;
}

} // namespace

class CertificateTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatWasTried();
    void namesAreNoMarkup();
    void isAPdfOrAReason();
    void eachFaultHasARemedy_data();
    void eachFaultHasARemedy();
    void onlyAPassIsCertified();
};

void CertificateTest::saysWhatWasTried()
{
    const QString html = certificateText(passed(), QStringLiteral("den"), QLocale::c());
    QVERIFY2(html.contains(u"3 way"), qPrintable(html));
    QVERIFY(html.contains(u"Computers in your home</td><td>2 tries, none got in"));
    QVERIFY(html.contains(u"(must be open)</td><td>reached, as it must be"));
    QVERIFY(html.contains(u"“den”"));
    QVERIFY(!html.contains(u"192.168.1.20")); // the sheet hangs on a wall
}

void CertificateTest::namesAreNoMarkup()
{
    SafetyReport report = passed();
    report.attempts.front().kind = QStringLiteral("<img src=/etc/passwd>");
    const QString html = certificateText(report, QStringLiteral("<b>x"), QLocale::c());
    QVERIFY(!html.contains(u"<img") && !html.contains(u"<b>"));
}

void CertificateTest::isAPdfOrAReason()
{
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("sheet.pdf"));
    const QString html = certificateText(passed(), QStringLiteral("den"));
    QVERIFY(saveCertificate(path, html).has_value());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().startsWith("%PDF-"));
    QCOMPARE(saveCertificate(dir.filePath(QStringLiteral("no/sheet.pdf")), html).error().code,
             ErrorCode::System);
}

void CertificateTest::eachFaultHasARemedy_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("word");
    for (const char *kind : {"lan", "node", "guest", "metadata", "spoofed", "mapped", "unheard-of"})
        QTest::newRow(kind) << QString::fromLatin1(kind) << QStringLiteral("another firewall");
    for (const char *kind : {"router", "router_admin"})
        QTest::newRow(kind) << QString::fromLatin1(kind)
                            << QStringLiteral("answers at 203.0.113.7");
    QTest::newRow("control") << QStringLiteral("control") << QStringLiteral("itself is online");
}

void CertificateTest::eachFaultHasARemedy()
{
    QFETCH(QString, kind);
    QFETCH(QString, word);
    const bool control = kind == QLatin1String("control");
    SafetyReport report;
    report.attempts = {tried("203.0.113.7", kind, control ? Seen::Silent : Seen::Reached, false)};
    const QString remedy = remedyText(groupsOf(report).front());
    QVERIFY2(remedy.contains(word), qPrintable(remedy));
    report.attempts.front().ok = true;
    QVERIFY(remedyText(groupsOf(report).front()).isEmpty());
}

void CertificateTest::onlyAPassIsCertified()
{
    test::NodeWindow window;
    window.daemon.agreed();
    QVERIFY(window.open());
    auto &page = *window.program->window().findChild<SafetyPage *>();
    const QString path = window.dir.filePath(QStringLiteral("sheet.pdf"));
    QCOMPARE(page.save(path).error().code, ErrorCode::NotFound); // never tested
    window.program->window().showSafety();
    auto *save = window.named<QAbstractButton>("certificateButton");
    auto *test = window.named<QAbstractButton>("testNowButton");
    QTRY_VERIFY(test->isEnabled());
    test->click();
    QTRY_VERIFY(save->isVisible());
    QVERIFY(page.save(path).has_value());
    window.daemon.attempts()[0] = test::attempt("lan", "192.168.1.20", false);
    test->click();
    QTRY_VERIFY(!save->isVisible() && test->isEnabled());
    QTRY_VERIFY(window.named<QLabel>("remedy_lan") != nullptr);
    QCOMPARE(page.save(path).error().code, ErrorCode::NotFound);
}

QTEST_MAIN(CertificateTest)
#include "certificate_test.moc"
