// SPDX-License-Identifier: GPL-3.0-or-later
// What own sessions say of a place, how long it is remembered, and what becomes of the server's
// list.
#include "app-vpn/daemon/past_trips.h"

#include <QTest>

using namespace higgs::vpn;
using higgs::protocol::Json;

class PastTripsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sessionsOfAPlace();
    void survivesTheFile();
    void bounded();
    void hostileFiles();
    void listWithOwnFigures();
};

void PastTripsTest::sessionsOfAPlace()
{
    PastTrips past;
    QVERIFY(!past.of("DE", "DE-BE"));
    QVERIFY(past.note("a", "DE", "DE-BE", 30));
    QVERIFY(!past.note("a", "DE", "DE-BE", 31)); // the same session, nothing new
    QVERIFY(past.note("a", "DE", "DE-BE", 60));
    QCOMPARE(past.of("DE", "DE-BE"), std::optional(60.0));
    QVERIFY(past.note("b", "DE", "DE-BE", 20));
    QVERIFY(past.note("c", "DE", "DE-BE", 22));
    QCOMPARE(past.of("DE", "DE-BE"), std::optional(22.0)); // one odd session does not decide
    QVERIFY(!past.of("DE", ""));
    QVERIFY(!past.note("d", "", "", 20)); // nobody knows where
    QVERIFY(!past.note("d", "DE", "", -1) && !past.note("d", "DE", "", 1e9));
}

void PastTripsTest::survivesTheFile()
{
    PastTrips past;
    past.note("a", "DE", "DE-BE", 30);
    past.note("b", "FI", "", 12.5);
    PastTrips again = PastTrips::fromJson(past.toJson());
    QCOMPARE(again.of("DE", "DE-BE"), std::optional(30.0));
    QCOMPARE(again.of("FI", ""), std::optional(12.5));
    QVERIFY(again.toJson() == past.toJson());
    QVERIFY(again.note("c", "FI", "", 14)); // another session, not the last one gone on
    QCOMPARE(again.toJson()["places"].back()["ms"].size(), std::size_t{2});
    // A session is not told by the file.
    QVERIFY(past.toJson().dump().find("session") == std::string::npos);
}

void PastTripsTest::bounded()
{
    PastTrips past;
    for (int i = 0; i < 200; ++i)
        past.note(std::to_string(i), "US", "US-" + std::to_string(i), 10 + i);
    QCOMPARE(past.toJson()["places"].size(), PastTrips::MostPlaces);
    QVERIFY(!past.of("US", "US-0"));
    QVERIFY(past.of("US", "US-199"));
    for (int i = 0; i < 50; ++i)
        past.note("x" + std::to_string(i), "US", "US-199", 40);
    QCOMPARE(past.toJson()["places"].back()["ms"].size(), PastTrips::MostSessions);
}

void PastTripsTest::hostileFiles()
{
    for (const char *text :
         {"null", "[]", "{}", R"({"places":1})", R"({"places":[1,null,"x"]})",
          R"({"places":[{"country":1}]})", R"({"places":[{"country":"DE","region":"","ms":5}]})",
          R"({"places":[{"country":"DE","region":"","ms":["a",-1,1e300,null]}]})",
          R"({"places":[{"country":"DEUTSCHLAND","region":"","ms":[1]}]})"})
        QVERIFY2(PastTrips::fromJson(Json::parse(text)).toJson()["places"].empty(), text);
}

void PastTripsTest::listWithOwnFigures()
{
    PastTrips past;
    past.note("a", "DE", "DE-BE", 31);
    const Json list = Json::parse(R"({"locations":[
        {"country":"DE","region":"DE-BE","latency":12.5},
        {"country":"FI","region":null,"latency":40},
        {"country":"US","latency":null}]})");
    Json told = placesJson(list, 20.0, past);
    QCOMPARE(told["serverRttMs"].get<double>(), 20.0);
    QCOMPARE(told["locations"][0]["estimateMs"].get<double>(), 32.5);
    QCOMPARE(told["locations"][0]["pastMs"].get<double>(), 31.0);
    QCOMPARE(told["locations"][1]["estimateMs"].get<double>(), 60.0);
    QVERIFY(told["locations"][1]["pastMs"].is_null());
    QVERIFY(told["locations"][2]["estimateMs"].is_null());
    // Without the own leg there is no estimate: the server's figure is not this person's.
    told = placesJson(list, std::nullopt, past);
    QVERIFY(told["serverRttMs"].is_null() && told["locations"][1]["estimateMs"].is_null());
    QCOMPARE(told["locations"][1]["latency"].get<double>(), 40.0);
}

QTEST_GUILESS_MAIN(PastTripsTest)
#include "past_trips_test.moc"
