// SPDX-License-Identifier: GPL-3.0-or-later
// What was shared in an hour: counted, kept on disk, and told only where it is known.
#include "app-node/daemon/hour_book.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr UtcHour Now = FirstHour + 8'000;
constexpr std::int64_t MsPerHour = 3'600'000;

HourLedger someHours()
{
    HourLedger ledger;
    ledger.begin(Now - 5);
    ledger.addGuest(Now - 3);
    ledger.addTraffic(Now - 3, 10, 20);
    ledger.addTraffic(Now - 3, 1, 2);
    ledger.addTraffic(Now - 1, 5, 0);
    return ledger;
}

QByteArray textOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class HourBookTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatItKnows()
    {
        const HourLedger ledger = someHours();
        QVERIFY((ledger.on(Now - 3, Now) == DayUsage{11, 22, 1}));
        QVERIFY(ledger.on(Now - 2, Now) == DayUsage{});
        QVERIFY(ledger.on(Now - 5, Now) == DayUsage{});
        QVERIFY(!ledger.on(Now - 6, Now));
        QVERIFY(!ledger.on(Now + 1, Now));
        QVERIFY(!HourLedger().on(Now, Now));
        QCOMPARE(hourOf(WallTime{Now * MsPerHour + MsPerHour - 1}), Now);
        QCOMPARE(hourOf(WallTime{-1}), UtcHour{-1});
    }

    /// A machine that starts in 1970, or in 2099 for a moment, and is set right afterwards.
    void survivesAWrongClock()
    {
        HourLedger ledger;
        ledger.begin(0);
        ledger.addTraffic(0, 1, 1);
        QVERIFY(!ledger.begun() && ledger.hours().empty());
        ledger = someHours();
        ledger.addTraffic(Now + 600'000, 1, 1);
        QVERIFY((ledger.on(Now - 3, Now) == DayUsage{11, 22, 1}));
        QVERIFY(ledger.on(Now - 2, Now) == DayUsage{});
    }

    void isBounded()
    {
        HourLedger ledger;
        ledger.begin(FirstHour);
        for (UtcHour hour = 0; hour < static_cast<UtcHour>(MostHours) + 100; ++hour)
            ledger.addTraffic(FirstHour + hour, 1, 1);
        QCOMPARE(ledger.hours().size(), MostHours);
        QVERIFY(!ledger.on(FirstHour + 99, Now)); // what was dropped is not "nothing"
        QVERIFY(ledger.on(FirstHour + 100, FirstHour + 100).has_value());
        QVERIFY(hoursFromText(hoursToText(ledger)).value() == ledger);
        ledger = HourLedger();
        for (UtcHour hour = 0; hour < static_cast<UtcHour>(MostHours); ++hour)
            ledger.addTraffic(FirstHour + hour, UINT64_MAX, UINT64_MAX);
        QVERIFY(hoursFromText(hoursToText(ledger)).has_value()); // the largest that there can be
    }

    void refusesWhatIsDamaged_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char *text :
             {"", "[]", "{}", R"({"begun":1,"hours":[]})", R"({"begun":498000})",
              R"({"begun":498000,"hours":{}})", R"({"begun":498000,"hours":[[498000,1,2]]})",
              R"({"begun":498000,"hours":[[498000,1,2,-3]]})",
              R"({"begun":498000,"hours":[[498000,1,2,3,4]]})",
              R"({"begun":498000,"hours":[[7,1,2,3]]})",
              R"({"begun":498000,"hours":[[498000.5,1,2,3]]})",
              R"({"begun":498000,"hours":[[498000,1,2,1e300]]})", R"({"begun":498000,"hours":[0]})",
              R"({"begun":18446744073709551615,"hours":[]})"})
            QTest::newRow(text) << QByteArray(text);
    }
    void refusesWhatIsDamaged()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!hoursFromText(text.toStdString()));
    }

    void everyTruncationIsRefused()
    {
        const std::string whole = hoursToText(someHours());
        for (std::size_t i = 0; i + 1 < whole.size(); ++i) // the last is a line's end
            QVERIFY(!hoursFromText(whole.substr(0, i)));
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            std::string flipped = whole;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
            if (const auto read = hoursFromText(flipped))
                QVERIFY(read->hours().size() <= someHours().hours().size());
        }
    }

    void answers()
    {
        const WallTime now{Now * MsPerHour};
        const auto ask = [&](UtcHour hour) {
            return hourJson(someHours(), WallTime{hour * MsPerHour + 61'000}, now);
        };
        const auto shared = ask(Now - 3);
        QCOMPARE(shared["from"].get<std::int64_t>(), (Now - 3) * MsPerHour);
        QCOMPARE(shared["to"].get<std::int64_t>(), (Now - 2) * MsPerHour);
        QVERIFY(shared["known"] == true && shared["rxBytes"] == 11 && shared["guests"] == 1);
        QVERIFY(ask(Now - 2)["known"] == true && ask(Now - 2)["txBytes"] == 0);
        const auto before = ask(Now - 900);
        QVERIFY(before["known"] == false && !before.contains("rxBytes"));
        QCOMPARE(before["knownSince"].get<std::int64_t>(), (Now - 5) * MsPerHour);
        QVERIFY(hourJson({}, now, now)["knownSince"].is_null());
    }

    void theLastHours()
    {
        const auto of = [](UtcHour count) {
            return hoursJson(someHours(), WallTime{Now * MsPerHour + 61'000}, count);
        };
        QVERIFY(of(1).empty());
        QCOMPARE(of(3).size(), std::size_t{1});
        QCOMPARE(of(4).size(), std::size_t{2});
        QCOMPARE(of(4)[0]["from"].get<std::int64_t>(), (Now - 3) * MsPerHour);
        QVERIFY(of(48) == of(4));
        QVERIFY(hoursJson({}, WallTime{Now * MsPerHour}, 48).empty());
    }

    void keepsOnDisk()
    {
        const QTemporaryDir place;
        const std::string dir = place.path().toStdString();
        const QString path = place.filePath(QStringLiteral("hours.json"));
        Monotonic now{};
        HourLedger ledger = someHours();
        {
            HourBook book(dir);
            QVERIFY(book.kept() == HourLedger());
            book.keep(HourLedger(), now, true);
            QVERIFY(!QFile::exists(path)); // nothing is known yet
            book.keep(ledger, now);
            QVERIFY(HourBook(dir).kept() == ledger);
            ledger.addTraffic(Now - 1, 1, 1);
            book.keep(ledger, now + Seconds(5));
            QVERIFY(HourBook(dir).kept() != ledger); // more of the same waits
            ledger.addTraffic(Now, 1, 1);
            book.keep(ledger, now + Seconds(6));
            QVERIFY(HourBook(dir).kept() == ledger); // an hour that begins does not
            ledger.addTraffic(Now, 1, 1);
            book.keep(ledger, now + Seconds(6) + HourBook::Pause);
            QVERIFY(HourBook(dir).kept() == ledger);
            ledger.addTraffic(Now, 1, 1);
            book.keep(ledger, now + Seconds(7) + HourBook::Pause, true);
        }
        QVERIFY(HourBook(dir).kept() == ledger);
    }

    void keepsADamagedFileBeside()
    {
        const QTemporaryDir place;
        const QString path = place.filePath(QStringLiteral("hours.json"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"begun\": 498000, \"hours\": [[4980");
        file.close();
        HourBook book(place.path().toStdString());
        QVERIFY(!book.kept().begun()); // of the hours before nothing is said
        QVERIFY(textOf(path + QStringLiteral(".damaged")).contains("[[4980"));
        book.keep(someHours(), Monotonic{});
        QVERIFY(HourBook(place.path().toStdString()).kept() == someHours());
    }
};

QTEST_APPLESS_MAIN(HourBookTest)
#include "hour_book_test.moc"
