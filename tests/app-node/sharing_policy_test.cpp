// SPDX-License-Identifier: GPL-3.0-or-later
// When sharing is allowed: hours, months, batteries; the ledger that counts, and what both become
// as files.
#include "app-node/daemon/settings.h"
#include "app-node/engine/local_clock.h"
#include "app-node/engine/surroundings_reader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <ctime>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr std::int64_t Hour = 3'600;

LocalTime at(std::string_view day, int hour, int minute = 0)
{
    return {startOf(parseDay(day).value()).seconds + hour * Hour + minute * 60};
}

void putFile(const QString &path, const QByteArray &text)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

} // namespace

class SharingPolicyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void daysAreSpelledAndRead()
    {
        QVERIFY(toText(LocalDay{0}) == "1970-01-01");
        QVERIFY(toText(*parseDay("2026-11-23")) == "2026-11-23");
        QVERIFY(toText(*parseDay("2028-02-29")) == "2028-02-29");
        for (const char *bad : {"", "2026-02-29", "2026-13-01", "2026-11-3", "26-11-2023",
                                "2026/11/23", "2026-11-23x", "abcd-ef-gh", "-026-11-23"})
            QVERIFY2(!parseDay(bad), bad);
    }

    void everythingIsAllowedByDefault()
    {
        QVERIFY(judge({}, {at("2026-11-23", 3), {}, 1ULL << 60, {}}).reason == LimitReason::None);
    }

    void theScheduleGoesByWeekdayAndHour()
    {
        NodeLimits limits;
        limits.schedule.set(0, 9, false); // Monday, 9 to 10
        QVERIFY(judge(limits, {at("2026-11-23", 8, 59), {}, 0, {}}).reason == LimitReason::None);
        const PolicyVerdict verdict = judge(limits, {at("2026-11-23", 9), {}, 0, {}});
        QVERIFY(verdict.reason == LimitReason::Schedule);
        QVERIFY(verdict.until == at("2026-11-23", 10));
        QVERIFY(judge(limits, {at("2026-11-23", 9, 59), {}, 0, {}}).reason ==
                LimitReason::Schedule);
        QVERIFY(judge(limits, {at("2026-11-23", 10), {}, 0, {}}).reason == LimitReason::None);
        QVERIFY(judge(limits, {at("2026-11-24", 9), {}, 0, {}}).reason == LimitReason::None);
    }

    void theScheduleGoesOverTheEndOfAWeek()
    {
        NodeLimits limits;
        for (std::size_t day = 0; day < DaysPerWeek; ++day) {
            for (std::size_t hour = 0; hour < HoursPerDay; ++hour)
                limits.schedule.set(day, hour, day == 1 && hour == 0);
        }
        const PolicyVerdict verdict = judge(limits, {at("2026-11-24", 1), {}, 0, {}}); // a Tuesday
        QVERIFY(verdict.until == at("2026-12-01", 0));
        limits.schedule.set(1, 0, false);
        QVERIFY(!judge(limits, {at("2026-11-24", 1), {}, 0, {}}).until);
    }

    void theMonthBeginsOnTheResetDay()
    {
        const LocalDay today = *parseDay("2026-11-23");
        QVERIFY(toText(periodStart(today, 1)) == "2026-11-01");
        QVERIFY(toText(periodEnd(today, 1)) == "2026-12-01");
        QVERIFY(toText(periodStart(today, 23)) == "2026-11-23");
        QVERIFY(toText(periodStart(today, 24)) == "2026-10-24");
        QVERIFY(toText(periodEnd(today, 24)) == "2026-11-24");
        QVERIFY(toText(periodStart(*parseDay("2027-01-05"), 28)) == "2026-12-28");
        QVERIFY(toText(periodEnd(*parseDay("2026-12-28"), 28)) == "2027-01-28");
    }

    void theVolumeStopsAtTheCapUntilTheResetDay()
    {
        NodeLimits limits;
        limits.monthlyBytes = 1'000'000;
        QVERIFY(judge(limits, {at("2026-11-23", 3), {}, 990'000, {}}).reason == LimitReason::None);
        const PolicyVerdict verdict = judge(limits, {at("2026-11-23", 3), {}, 1'000'000, {}});
        QVERIFY(verdict.reason == LimitReason::Volume);
        QVERIFY(verdict.until == at("2026-12-01", 0));
        // Less than a packet is left.
        QVERIFY(judge(limits, {at("2026-11-23", 3), {}, 999'000, {}}).reason ==
                LimitReason::Volume);
    }

    void batteryAndMeteredNetworksStopOnlyWhenTheyShouldAndAreKnown()
    {
        NodeLimits limits;
        const auto reason = [&limits](Surroundings around) {
            return judge(limits, {at("2026-11-23", 3), {}, 0, around}).reason;
        };
        QVERIFY(reason({true, std::nullopt}) == LimitReason::Battery);
        QVERIFY(reason({false, true}) == LimitReason::Metered);
        QVERIFY(reason({std::nullopt, std::nullopt}) == LimitReason::None);
        limits.stopOnBattery = limits.stopOnMetered = false;
        QVERIFY(reason({true, true}) == LimitReason::None);
    }

    void anHourThatTheClockShowsTwiceHasTwoMoments()
    {
        qputenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
        ::tzset();
        // 2026-10-25 00:30 UTC is 02:30 CEST, and an hour later it is 02:30 CET.
        const WallTime first{1'792'888'200'000};
        const WallTime second = first + Seconds(3'600);
        QVERIFY(localTimeOf(first) == localTimeOf(second));
        const LocalTime half = localTimeOf(first);
        QCOMPARE(comingWallTimeOf(half, first).ms, first.ms);
        QCOMPARE(comingWallTimeOf(half, first - Seconds(3'600)).ms, first.ms);
        QCOMPARE(comingWallTimeOf(half, first + Seconds(1)).ms, second.ms);
        QCOMPARE(comingWallTimeOf(half, second).ms, second.ms);
        const LocalTime three{half.seconds + 1'800};
        QCOMPARE(comingWallTimeOf(three, first).ms, (second + Seconds(1'800)).ms);
        qunsetenv("TZ");
        ::tzset();
    }

    void aPauseComesFirstAndEnds()
    {
        NodeLimits limits;
        limits.monthlyBytes = 1;
        QVERIFY(judge(limits, {at("2026-11-23", 3), true, 0, {true, true}}).reason ==
                LimitReason::Paused);
        QVERIFY(judge(NodeLimits{}, {at("2026-11-23", 3), false, 0, {}}).reason ==
                LimitReason::None);
    }

    void theLedgerCountsByDayAndForgetsAfterAYear()
    {
        UsageLedger ledger;
        NodeLimits limits;
        const LocalDay today = *parseDay("2026-11-23");
        ledger.addTraffic(today - 500, 1, 1);
        ledger.addTraffic(today - 30, 100, 10);
        ledger.addTraffic(today, 5, 6);
        ledger.addTraffic(today, 5, 6);
        ledger.addGuest(today);
        QVERIFY((ledger.on(today) == DayUsage{10, 12, 1}));
        QCOMPARE(ledger.bytesSince(today), 22U);
        QCOMPARE(ledger.bytesSince(today - 30), 132U);
        QCOMPARE(ledger.days().size(), 2U);
        QVERIFY(usageFromFile(usageToFile(ledger)) == ledger);
        const Json damaged = Json::parse(R"({"days": {"2026-11-23": [1, 2], "x": [1, 2, 3],
            "2026-11-22": [1, -2, 3], "2026-11-21": [1, 2, 3], "2026-11-20": 7}})");
        QCOMPARE(usageFromFile(damaged).days().size(), 1U);
        QCOMPARE(faultOfUsage(damaged), std::string("days"));
        QCOMPARE(faultOfUsage(usageToFile(ledger)), std::string());
        QCOMPARE(faultOfUsage(Json::object()), std::string());
        const UsageLedger most = usageFromFile(Json::parse(
            R"({"days": {"2026-11-23": [18446744073709551615, 18446744073709551615, 1]}})"));
        limits.monthlyBytes = most.bytesSince(today);
        QVERIFY(limits.monthlyBytes >= 2'000'000'000'000'000);
        QVERIFY(judge(limits, {at("2026-11-23", 3), {}, UINT64_MAX, {}}).reason ==
                LimitReason::Volume);
    }

    void limitsAreReadStrictly()
    {
        NodeLimits limits;
        limits.schedule.set(3, 4, false);
        limits.monthlyBytes = 77;
        QVERIFY(changedLimits({}, limitsJson(limits)).value() == limits);
        for (const char *bad :
             {R"({"maxGuests":0})", R"({"maxGuests":-1})", R"({"upMbps":1.5})",
              R"({"resetDay":29})", R"({"resetDay":0})", R"({"schedule":[]})",
              R"({"schedule":"1"})", R"({"schedule":["1","1","1","1","1","1","1"]})",
              R"({"stopOnBattery":1})", R"({"monthlyBytes":"1"})", R"({"monthlyBytes":1e30})"})
            QVERIFY2(!changedLimits({}, Json::parse(bad)), bad);
    }

    void withoutConsentAFileSharesNothing()
    {
        QVERIFY(!settingsFromFile(Json{{"sharing", true}}).sharing);
        Settings settings;
        settings.consent = settings.sharing = true;
        settings.limits = NodeLimits{};
        settings.country = "DE";
        settings.region = "DE-BE";
        settings.pausedUntil = WallTime{5};
        settings.server = ConfiguredServer{"boson.example.com", 3000,
                                           *ServerTrust::parsePin(std::string(64, 'a'))};
        QVERIFY(settingsFromFile(settingsToFile(settings)) == settings);
        Json file = settingsToFile(settings);
        file["pin"] = "damaged";
        QVERIFY(!settingsFromFile(file).server);
    }

    void underLimitsThatAreNotUnderstoodNothingIsShared()
    {
        Settings settings;
        settings.consent = settings.sharing = true;
        settings.limits = NodeLimits{};
        const Json file = settingsToFile(settings);
        QVERIFY(settingsFromFile(file).sharing);
        for (const char *strange : {"7", "[]", R"({"monthlyBytes":-1})", R"({"schedule":"1"})"}) {
            Json bent = file;
            bent["limits"] = Json::parse(strange);
            QVERIFY2(!settingsFromFile(bent).sharing && saysSharing(bent), strange);
            QCOMPARE(faultOf(bent), std::string("limits"));
        }
        for (const char *strange :
             {"-1", "1.5", "9223372036854775807", "18446744073709551615", R"("1")", "true"}) {
            Json bent = file;
            bent["pausedUntil"] = Json::parse(strange);
            QVERIFY2(!settingsFromFile(bent).sharing, strange);
        }
        Json null = file;
        null["limits"] = null["pausedUntil"] = nullptr;
        QVERIFY(settingsFromFile(null).sharing);
        QCOMPARE(faultOf(null), std::string());
        QCOMPARE(faultOf(file), std::string());
    }

    void batteriesAreRead()
    {
        QVERIFY(!runsOnBattery({}).has_value());
        QVERIFY(!runsOnBattery({{"Mains", "", "", "1"}}).has_value());
        QVERIFY(!runsOnBattery({{"Battery", "Device", "Discharging", ""}}).has_value());
        QVERIFY(runsOnBattery({{"Battery", "", "Discharging", ""}, {"Mains", "", "", "0"}}) ==
                true);
        QVERIFY(runsOnBattery({{"Battery", "", "Full", ""}, {"Mains", "", "", "1"}}) == false);
        QVERIFY(runsOnBattery({{"Battery", "", "Discharging", ""}, {"USB", "", "", "1"}}) == false);

        QTemporaryDir root;
        const QString supplies = root.path() + QStringLiteral("/sys/class/power_supply/");
        putFile(supplies + QStringLiteral("BAT0/type"), "Battery\n");
        putFile(supplies + QStringLiteral("BAT0/status"), "Discharging\n");
        putFile(supplies + QStringLiteral("AC/type"), "Mains\n");
        putFile(supplies + QStringLiteral("AC/online"), "0\n");
        QVERIFY(runsOnBattery(readPowerSupplies(root.path().toStdString())) == true);
        putFile(supplies + QStringLiteral("AC/online"), "1\n");
        QVERIFY(runsOnBattery(readPowerSupplies(root.path().toStdString())) == false);
    }
};

QTEST_GUILESS_MAIN(SharingPolicyTest)
#include "sharing_policy_test.moc"
