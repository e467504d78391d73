// SPDX-License-Identifier: GPL-3.0-or-later
// The decoders of the node daemon's answers: what they read, and that nothing on the socket upsets
// them.
#include "app-node/tray/node_view_codec.h"
#include "tests/support/scripted_node.h"

#include <QTest>

using namespace higgs;
using namespace higgs::node;
using protocol::Json;

class NodeViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAStatus();
    void otherVersionsAreTold();
    void unknownNames();
    void hostileNumbers();
    void anyTypeAnywhere();
    void schedule();
    void limitsBothWays();
    void guestsAndHistory();
    void safety();
};

namespace {

Json fullStatus()
{
    test::ScriptedNode daemon;
    daemon.sharing(3);
    Json &status = daemon.status();
    status["today"] = Json{{"rxBytes", 10}, {"txBytes", 32}, {"guests", 4}};
    status["volume"]["capBytes"] = 1000;
    status["safety"] = Json{{"state", "passed"},
                            {"at", 1704067200000},
                            {"tried", 120},
                            {"refused", 119},
                            {"failed", Json::array()}};
    status["fixed"] = Json::array({"server", "country"});
    return status;
}

const std::vector<Json> &otherValues()
{
    static const std::vector<Json> values = {nullptr,
                                             true,
                                             -1,
                                             1.5,
                                             1e300,
                                             18446744073709551615ULL,
                                             "on",
                                             "\xff\xfe",
                                             Json::array({Json::object()}),
                                             Json{{"country", 5}}};
    return values;
}

void mutate(Json &document, Json &at, const std::function<void(const Json &)> &check)
{
    const Json kept = at;
    for (const Json &other : otherValues()) {
        at = other;
        check(document);
    }
    at = kept;
    if (at.is_structured()) {
        for (Json &each : at)
            mutate(document, each, check);
    }
}

} // namespace

void NodeViewTest::readsAStatus()
{
    const Result<NodeView> view = decodeNodeView(fullStatus());
    QVERIFY(view);
    QCOMPARE(view->state, State::Sharing);
    QVERIFY(view->sharing && view->consent && view->serves());
    QCOMPARE(view->reach, Reach::Relay);
    QCOMPARE(view->guests, 3);
    QCOMPARE(view->todayBytes, quint64{42});
    QCOMPARE(view->volume.capBytes, quint64{1000});
    QCOMPARE(view->safety.state, SafetyState::Passed);
    QCOMPARE(view->safety.tried, 120);
    QCOMPARE(view->fixed.size(), 2);
    QVERIFY(view->limits.schedule.always());
    QCOMPARE(view->onBattery, std::optional(false));
    QVERIFY(!view->onMetered.has_value());
    QCOMPARE(view->server->address(), QStringLiteral("vpn.example.net:3000"));
}

void NodeViewTest::otherVersionsAreTold()
{
    Json status = fullStatus();
    for (const Json &version : {Json(1), Json("2"), Json(-2), Json(nullptr), Json(1.9)}) {
        status["controlVersion"] = version;
        QCOMPARE(decodeNodeView(status).error().code, ErrorCode::Unavailable);
    }
    status["controlVersion"] = ControlVersion + 1;
    QVERIFY(decodeNodeView(status));
}

void NodeViewTest::unknownNames()
{
    Json status = fullStatus();
    status["problem"] = "solar_flare";
    status["limitReason"] = "moon";
    status["safety"]["state"] = "superb";
    Result<NodeView> view = decodeNodeView(status);
    QVERIFY(view);
    QCOMPARE(view->problem, Problem::Unknown);
    QCOMPARE(view->problemCode, QStringLiteral("solar_flare"));
    QCOMPARE(view->limit, LimitReason::Unknown);
    // What is not understood is never a passed test.
    QCOMPARE(view->safety.state, SafetyState::Never);
    // A problem and a limit without a reason still have one to show.
    status["problem"] = nullptr;
    status["limitReason"] = nullptr;
    status["state"] = "problem";
    QCOMPARE(decodeNodeView(status)->problem, Problem::Unknown);
    status["state"] = "limited";
    QCOMPARE(decodeNodeView(status)->limit, LimitReason::Unknown);
    status["state"] = "relaxed";
    QCOMPARE(decodeNodeView(status).error().code, ErrorCode::Malformed);
}

void NodeViewTest::hostileNumbers()
{
    Json status = fullStatus();
    status["rxBytes"] = -5;
    status["txBytes"] = 18446744073709551615ULL;
    status["guests"] = 1e20;
    status["limits"]["resetDay"] = 4000;
    status["limits"]["maxGuests"] = 999'999;
    status["limits"]["upMbps"] = -3;
    const Result<NodeView> view = decodeNodeView(status);
    QVERIFY(view);
    QCOMPARE(view->rxBytes, quint64{0});
    QCOMPARE(view->txBytes, quint64{0});
    QCOMPARE(view->guests, 0);
    QCOMPARE(view->limits.resetDay, 28);
    QCOMPARE(view->limits.maxGuests, 10'000);
    QCOMPARE(view->limits.upMbps, 0.0);
}

void NodeViewTest::anyTypeAnywhere()
{
    Json status = fullStatus();
    std::size_t tried = 0;
    mutate(status, status, [&tried](const Json &document) {
        ++tried;
        [[maybe_unused]] const auto view = decodeNodeView(document);
    });
    QVERIFY(tried > 500);
    Json answer{{"guests", Json::array({Json{{"number", 1}, {"since", 5}}})},
                {"days", Json::array({Json{{"day", "2026-11-23"}}})},
                {"rows", Json::array({test::attempt("lan", "x")})},
                {"rules", Json{{"ok", true}, {"detail", nullptr}}}};
    mutate(answer, answer, [](const Json &document) {
        [[maybe_unused]] const auto guests = decodeGuests(document);
        [[maybe_unused]] const auto days = decodeHistory(document);
        [[maybe_unused]] const auto report = decodeSafety(document);
    });
}

void NodeViewTest::schedule()
{
    WeekSchedule schedule;
    QVERIFY(schedule.always());
    schedule.fill(4, 20, 2, 10, false);
    QCOMPARE(schedule.hours(), 168 - 33);
    QVERIFY(!schedule.allows(3, 15));
    QVERIFY(schedule.allows(3, 21));
    QCOMPARE(WeekSchedule::of(schedule.texts()), schedule);
    // Too short, too long, other characters: never more than was meant.
    QCOMPARE(WeekSchedule::of({"1", "", "x1", std::string(400, '1'), "", "", ""}).hours(), 26);
    QVERIFY(WeekSchedule::of({"1"}).always());
    schedule.set(-1, 3, true);
    schedule.set(7, 24, true);
    QVERIFY(!schedule.allows(7, 0) && !schedule.allows(0, -1));
}

void NodeViewTest::limitsBothWays()
{
    Limits limits;
    limits.maxGuests = 7;
    limits.upMbps = 25;
    limits.monthlyBytes = 50'000'000'000;
    limits.resetDay = 15;
    limits.schedule.fill(0, 0, 6, 6, false);
    limits.stopOnBattery = true;
    Json status = fullStatus();
    status["limits"] = encodeLimits(limits);
    QCOMPARE(decodeNodeView(status)->limits, limits);
}

void NodeViewTest::guestsAndHistory()
{
    const auto guests = decodeGuests(
        Json{{"guests", Json::array({Json{{"number", 7}, {"path", "relay"}, {"cut", true}}, 5,
                                     Json{{"path", "relay"}}})}});
    QVERIFY(guests);
    QCOMPARE(guests->size(), std::size_t{1});
    QVERIFY(guests->front().cut && !guests->front().online);
    Json answer{{"days", Json::array({Json{{"day", "2026-11-23"}, {"rxBytes", 3}},
                                      Json{{"day", "yesterday"}}})}};
    QVERIFY(decodeHistory(answer)->hours.empty()); // an older service
    answer["hours"] = Json::array({Json{{"from", 7'200'000}, {"txBytes", 9}}, Json{{"from", "x"}}});
    const auto history = decodeHistory(answer);
    QCOMPARE(history->days.size(), std::size_t{1});
    QCOMPARE(history->days.front().day, QDate(2026, 11, 23));
    QCOMPARE(history->hours.size(), std::size_t{1});
    QCOMPARE(history->hours.front().to.ms, std::int64_t{10'800'000});
    QCOMPARE(history->hours.front().txBytes, quint64{9});
    QCOMPARE(decodeHistory(Json::array()).error().code, ErrorCode::Malformed);
}

void NodeViewTest::safety()
{
    const Json answer{{"state", "failed"},
                      {"at", 5},
                      {"tried", 2},
                      {"refused", 1},
                      {"failed", Json::array({"lan"})},
                      {"rows", Json::array({test::attempt("lan", "192.168.1.20", false),
                                            test::attempt("control", "198.51.100.1")})},
                      {"rules", Json{{"ok", false}, {"detail", "chain\nmissing"}}}};
    const Result<SafetyReport> report = decodeSafety(answer);
    QVERIFY(report);
    QCOMPARE(report->summary.state, SafetyState::Failed);
    QCOMPARE(report->attempts.size(), std::size_t{2});
    QCOMPARE(report->attempts[0].seen, Seen::Reached);
    QVERIFY(!report->attempts[0].ok && report->attempts[1].shouldOpen);
    QVERIFY(!report->rulesOk);
    QCOMPARE(report->rulesDetail, QStringLiteral("chain missing"));
}

QTEST_GUILESS_MAIN(NodeViewTest)
#include "node_view_test.moc"
