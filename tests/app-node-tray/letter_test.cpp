// SPDX-License-Identifier: GPL-3.0-or-later
// "My provider wrote to me": what the daemon knows of an hour as a fact and a letter, in words and
// in the window.
#include "app-node/tray/node_view_codec.h"
#include "app-node/tray/provider_letter.h"
#include "shared/widgets/copy_box.h"
#include "tests/app-node-tray/node_window.h"

#include <QAbstractButton>
#include <QDateTimeEdit>
#include <QLabel>
#include <QTest>

using namespace higgs;
using namespace higgs::node;
using namespace higgs::widgets;
using protocol::Json;

namespace {

// 3 November 2026, 14:00 UTC.
constexpr std::int64_t From = 1793714400000;
constexpr std::int64_t Hour = 3'600'000;
const QLocale English(QLocale::English, QLocale::UnitedStates);

SharedHour hourOf(bool known)
{
    return {{From}, {From + Hour}, known, WallTime{From - 48 * Hour}, 0, 0, 0};
}

QString plain(QString text)
{
    return text.replace(QChar::Nbsp, QLatin1Char(' '));
}

} // namespace

class LetterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsNotKnownIsNotDenied();
    void nothingIsNothing();
    void amountsAndNoNames();
    void answersAreHostile();
    void theWindowAsksForTheMomentThatIsEntered();
    void aRefusalSaysNothingOfTheHour();
};

void LetterTest::whatIsNotKnownIsNotDenied()
{
    SharedHour hour = hourOf(false);
    const QString fact = plain(sharedText(hour, English));
    QVERIFY2(fact.contains(u"does not know: it counts since 1 November 2026"), qPrintable(fact));
    QString letter = providerLetter(hour, {From}, {}, English);
    QVERIFY(letter.contains(u"no record of the hour"));
    QVERIFY(!letter.contains(u"nothing"));
    QVERIFY(!letter.contains(u"operator"));
    hour.knownSince.reset();
    QVERIFY(sharedText(hour, English).contains(u"counted nothing yet"));
}

void LetterTest::nothingIsNothing()
{
    const SharedHour hour = hourOf(true);
    QCOMPARE(sharedText(hour, English), QStringLiteral("Nothing was shared."));
    const QString letter = plain(providerLetter(hour, {From}, {}, English));
    QVERIFY2(letter.contains(u"In the hour of 3 November 2026, 14:00 to 15:00 UTC my computer "
                             "recorded nothing"),
             qPrintable(letter));
}

void LetterTest::amountsAndNoNames()
{
    SharedHour hour = hourOf(true);
    hour.rxBytes = 1'000'000'000;
    hour.txBytes = 2'500'000;
    hour.guests = 2;
    const QString letter =
        plain(providerLetter(hour, {From + Hour / 2}, QStringLiteral("vpn.example"), English));
    QVERIFY2(letter.contains(u"on 3 November 2026 at 14:30 UTC"), qPrintable(letter));
    QVERIFY2(letter.contains(u"it carried 1 GB from them and 2.5 MB to them"), qPrintable(letter));
    QVERIFY(letter.contains(u"operator of vpn.example"));
    QVERIFY(plain(sharedText(hour, English)).contains(u"1 GB from guests and 2.5 MB to them"));
    // Guests that went on from the hour before have come in none.
    hour = hourOf(true);
    hour.rxBytes = 1;
    QVERIFY(!sharedText(hour, English).contains(u"Nothing"));
}

void LetterTest::answersAreHostile()
{
    const Json good = test::ScriptedNode().hour();
    QVERIFY(decodeHour(good).has_value());
    for (const char *name : {"from", "to", "known"}) {
        Json bad = good;
        bad.erase(name);
        QVERIFY2(!decodeHour(bad), name);
        bad[name] = "x";
        QVERIFY2(!decodeHour(bad), name);
    }
    Json bad = good;
    bad["to"] = bad["from"];
    QVERIFY(!decodeHour(bad));
    bad = good;
    bad["rxBytes"] = -1;
    QCOMPARE(decodeHour(bad)->rxBytes, quint64{0});
    QVERIFY(!decodeHour(Json::array()));
    QVERIFY(!decodeHour(Json()));
}

void LetterTest::theWindowAsksForTheMomentThatIsEntered()
{
    test::NodeWindow window;
    std::vector<std::int64_t> asked;
    window.daemon.onHour = [&asked](std::int64_t at) { asked.push_back(at); };
    QVERIFY(window.open());
    window.program->window().showHistory();
    window.named<QAbstractButton>("historyLetter")->click();
    QTRY_VERIFY(!asked.empty());
    auto *when = window.named<QDateTimeEdit>("letterMoment");
    when->setDateTime(QDateTime::fromMSecsSinceEpoch(From + Hour / 2));
    QTRY_COMPARE(asked.back(), From + Hour / 2);
    auto *letter = window.named<CopyBox>("letterText");
    QTRY_VERIFY2(letter->text().contains(u"at 14:30 UTC"), qPrintable(letter->text()));
    const std::size_t before = asked.size();
    window.named<QAbstractButton>("letterEarlier")->click();
    window.named<QAbstractButton>("letterEarlier")->click();
    QTRY_VERIFY(asked.size() > before);
    QTRY_COMPARE(asked.back(), From + Hour / 2 - 2 * Hour);
}

void LetterTest::aRefusalSaysNothingOfTheHour()
{
    test::NodeWindow window;
    QVERIFY(window.open());
    window.program->window().showLetter();
    auto *shared = window.named<QLabel>("letterShared");
    QTRY_VERIFY(shared->text().contains(u"Shared"));
    window.daemon.hour() = Json::object();
    window.named<QAbstractButton>("letterLater")->click();
    QTRY_VERIFY2(!shared->text().contains(u"hared"), qPrintable(shared->text()));
    QVERIFY(!window.named<CopyBox>("letterText")->isVisible());
}

QTEST_MAIN(LetterTest)
#include "letter_test.moc"
