// SPDX-License-Identifier: GPL-3.0-or-later
// The decoders of the daemon's answers: what they read, and that nothing on the socket upsets them.
#include "app-vpn/gui/client_view_codec.h"
#include "tests/support/scripted_daemon.h"

#include <QTest>

using namespace higgs;
using namespace higgs::vpn;
using protocol::Json;

class ClientViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAStatus();
    void readsSettings();
    void otherVersionsAreTold();
    void unknownNames();
    void hostileTexts();
    void hostileNumbers();
    void anyTypeAnywhere();
    void anyTextAsJson();
    void places();
    void checksAndLog();
    void serverAddress();
};

namespace {

Json connectedStatus()
{
    test::ScriptedDaemon daemon;
    daemon.connected("DE", "DE-BE");
    daemon.status()["request"] = Json{{"country", "DE"}, {"nodeId", nullptr}};
    daemon.status()["server"] = Json{{"host", "2001:db8::1"}, {"port", 443}, {"pin", "AB:CD"}};
    return daemon.status();
}

/// Every value of a document, in turn, replaced by each of these.
const std::vector<Json> &otherValues()
{
    static const std::vector<Json> values = {nullptr,
                                             true,
                                             -1,
                                             0,
                                             1.5,
                                             1e300,
                                             18446744073709551615ULL,
                                             "",
                                             "on",
                                             "\xff\xfe",
                                             Json::array(),
                                             Json::array({Json::object()}),
                                             Json::object(),
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

void ClientViewTest::readsAStatus()
{
    Json status = connectedStatus();
    status["pausedUntil"] = 1704067200000;
    status["mappedAddress"] = "[2001:db8::9]:40000";
    const Result<ClientView> view = decodeClientView(status);
    QVERIFY(view);
    QCOMPARE(view->state, State::Connected);
    QCOMPARE(view->problem, Problem::None);
    QCOMPARE(view->path, PathKind::Relay);
    QCOMPARE(view->pathReason, QStringLiteral("relay_only"));
    QCOMPARE(view->country, QStringLiteral("DE"));
    QCOMPARE(view->region, QStringLiteral("DE-BE"));
    QCOMPARE(view->ownAddress, QStringLiteral("2001:db8::9"));
    QCOMPARE(view->exitAddress, QStringLiteral("198.51.100.7"));
    QCOMPARE(view->exitAddressV6, QStringLiteral("2001:db8:7::1"));
    QVERIFY(view->since.has_value());
    QCOMPARE(view->pausedUntil->ms, 1704067200000);
    QCOMPARE(*view->rttMs, 23.4);
    QCOMPARE(*view->health, Health::Stable);
    QVERIFY(view->killSwitch);
    QVERIFY(!view->switching && !view->notSwitchedTo);
    status["switchFault"] = {{"country", "JP"}, {"problem", "no_matching_node"}};
    status["switchingFrom"] = {{"country", "DE"}, {"carries", true}};
    QCOMPARE(decodeClientView(status)->notSwitchedTo, QStringLiteral("JP"));
    QVERIFY(decodeClientView(status)->switchingFrom->carries);
    QCOMPARE(view->request->country, QStringLiteral("DE"));
    QCOMPARE(view->server->pin, QStringLiteral("AB:CD"));
    QVERIFY(!view->accessKeySet);
    QCOMPARE(view->features.paths, QStringList({QStringLiteral("auto"), QStringLiteral("relay")}));
    QVERIFY(!view->excluded.has_value());
}

void ClientViewTest::readsSettings()
{
    Json status = connectedStatus();
    SettingsView settings = decodeClientView(status)->settings;
    QCOMPARE(settings, SettingsView());
    status["settings"] =
        Json{{"country", "fi"},  {"path", "relay"}, {"via", "NL"},          {"autoconnect", "on"},
             {"lockdown", "on"}, {"lan", "on"},     {"dns", "9.9.9.9,::1"}, {"something", "new"}};
    settings = decodeClientView(status)->settings;
    QCOMPARE(settings.country, QStringLiteral("FI"));
    QCOMPARE(settings.path, QStringLiteral("relay"));
    QCOMPARE(settings.via, QStringLiteral("NL"));
    QVERIFY(settings.autoConnect && settings.lockdown && settings.lan);
    QCOMPARE(settings.dns, QStringList({QStringLiteral("9.9.9.9"), QStringLiteral("::1")}));
}

void ClientViewTest::otherVersionsAreTold()
{
    Json status = connectedStatus();
    status.erase("controlVersion");
    QCOMPARE(decodeClientView(status).error().code, ErrorCode::Unavailable);
    for (const Json &version : {Json(1), Json("2"), Json(-2), Json(nullptr), Json(1.9)}) {
        status["controlVersion"] = version;
        QCOMPARE(decodeClientView(status).error().code, ErrorCode::Unavailable);
    }
    status["controlVersion"] = ControlVersion + 1;
    QVERIFY(decodeClientView(status));
}

void ClientViewTest::unknownNames()
{
    Json status = connectedStatus();
    status["problem"] = "solar_flare";
    status["path"] = "pigeon";
    status["health"] = "dizzy";
    const Result<ClientView> view = decodeClientView(status);
    QVERIFY(view);
    QCOMPARE(view->problem, Problem::Unknown);
    QCOMPARE(view->problemCode, QStringLiteral("solar_flare"));
    QCOMPARE(view->path, PathKind::Unknown);
    QVERIFY(!view->health.has_value());
    // A state that is not known might mean anything: nothing is shown in its place.
    status["state"] = "relaxed";
    QCOMPARE(decodeClientView(status).error().code, ErrorCode::Malformed);
}

void ClientViewTest::hostileTexts()
{
    Json status = connectedStatus();
    status["problemDetail"] = "one\ntwo\x1b[31m \xe2\x80\xae"
                              "evil" +
                              std::string(100'000, 'x');
    status["country"] = "<b>";
    status["region"] = "DE\r\nBE";
    const Result<ClientView> view = decodeClientView(status);
    QVERIFY(view);
    QVERIFY(view->problemDetail.startsWith(QStringLiteral("one two [31m evil")));
    QCOMPARE(view->problemDetail.size(), 500);
    QVERIFY(view->country.isEmpty());
    QCOMPARE(view->region, QStringLiteral("DE  BE"));
}

void ClientViewTest::hostileNumbers()
{
    Json status = connectedStatus();
    status["rxBytes"] = -5;
    status["txBytes"] = 18446744073709551615ULL;
    status["rttMs"] = -1.0;
    status["since"] = 9223372036854775807LL;
    status["reconnects"] = 1e20;
    const Result<ClientView> view = decodeClientView(status);
    QVERIFY(view);
    QCOMPARE(view->rxBytes, 0U);
    QCOMPARE(view->txBytes, 0U);
    QVERIFY(!view->rttMs && !view->since);
    QCOMPARE(view->reconnects, 0U);
}

void ClientViewTest::anyTypeAnywhere()
{
    Json status = connectedStatus();
    std::size_t tried = 0;
    mutate(status, status, [&tried](const Json &document) {
        ++tried;
        [[maybe_unused]] const Result<ClientView> view = decodeClientView(document);
        [[maybe_unused]] const Result<std::vector<Place>> list = decodePlaces(document);
    });
    QVERIFY(tried > 500);
    test::ScriptedDaemon daemon;
    Json answer{{"locations", daemon.places()}, {"checks", daemon.checks()}, {"lines", {1, 2}}};
    mutate(answer, answer, [](const Json &document) {
        [[maybe_unused]] const Result<std::vector<Place>> list = decodePlaces(document);
        [[maybe_unused]] const Result<std::vector<Check>> checks = decodeChecks(document);
        [[maybe_unused]] const Result<std::vector<LogLine>> lines = decodeLog(document);
    });
}

void ClientViewTest::anyTextAsJson()
{
    // Truncated, and with each byte changed: as JSON it is refused, or decodes to something.
    const std::string text = protocol::dumpJson(connectedStatus());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const Result<Json> json = protocol::parseJson(text.substr(0, i))) [[maybe_unused]]
            const Result<ClientView> view = decodeClientView(*json);
        for (const char c : {'0', '"', '}', '\x7f'}) {
            std::string changed = text;
            changed[i] = c;
            if (const Result<Json> json = protocol::parseJson(changed)) [[maybe_unused]]
                const Result<ClientView> view = decodeClientView(*json);
        }
    }
}

void ClientViewTest::places()
{
    test::ScriptedDaemon daemon;
    const Result<std::vector<Place>> list = decodePlaces(Json{{"locations", daemon.places()}});
    QVERIFY(list);
    QCOMPARE(list->size(), 5U);
    QCOMPARE(list->front(), (Place{QStringLiteral("DE"), QStringLiteral("DE-BE"), 3, 2, 0.25, 18}));
    QVERIFY(!list->back().latencyMs.has_value());
    const Json odd =
        Json::array({Json{{"country", "XX"}}, 5, Json{{"country", "FR"}, {"load", 7}}});
    const Result<std::vector<Place>> left = decodePlaces(Json{{"locations", odd}});
    QCOMPARE(left->size(), 1U);
    QCOMPARE(left->front().load, 1.0);
    QCOMPARE(decodePlaces(Json::object()).error().code, ErrorCode::Malformed);
    Json many = Json::array();
    for (std::size_t i = 0; i < MaxPlaces + 10; ++i)
        many.push_back({{"country", "FR"}});
    QCOMPARE(decodePlaces(Json{{"locations", many}})->size(), MaxPlaces);
}

void ClientViewTest::checksAndLog()
{
    const Json checks = Json::array({Json{{"name", "server"}, {"ok", true}, {"detail", "well"}}});
    QCOMPARE(*decodeChecks(Json{{"checks", checks}}),
             (std::vector{Check{QStringLiteral("server"), true, QStringLiteral("well")}}));
    const Json lines = Json::array(
        {Json{{"time", 5}, {"level", "info"}, {"area", "vpnd"}, {"text", "state\nnow"}}});
    QCOMPARE(*decodeLog(Json{{"lines", lines}}),
             (std::vector{LogLine{WallTime{5}, QStringLiteral("info"), QStringLiteral("vpnd"),
                                  QStringLiteral("state now")}}));
}

void ClientViewTest::serverAddress()
{
    QCOMPARE((ServerView{QStringLiteral("a.example"), 3000, {}}.address()),
             QStringLiteral("a.example:3000"));
    QCOMPARE((ServerView{QStringLiteral("2001:db8::1"), 443, {}}.address()),
             QStringLiteral("[2001:db8::1]:443"));
}

QTEST_GUILESS_MAIN(ClientViewTest)
#include "client_view_test.moc"
