// SPDX-License-Identifier: GPL-3.0-or-later
// What the client remembers: each key with what it takes and refuses, the file there and back, and
// what a controller is told. Also the health of a link and the group of a process, both pure.
#include "app-vpn/daemon/exclusion.h"
#include "app-vpn/daemon/status_json.h"
#include "app-vpn/engine/link_health.h"

#include <QtTest>

using namespace higgs;
using namespace higgs::vpn;

namespace {

const std::string Pin(64, 'a');

Settings everything()
{
    Settings settings;
    settings.country = "DE";
    settings.path = PathPreference::Relay;
    settings.via = "FI";
    settings.autoconnect = true;
    settings.policy = {true, true, {*IpAddress::parse("9.9.9.9"), *IpAddress::parse("2620:fe::9")}};
    settings.wish = ConnectRequest{};
    settings.wish->country = "US";
    settings.pausedUntil = WallTime{1'700'000'000'000};
    settings.pausedFrom = WallTime{1'699'999'999'000};
    settings.server = ConfiguredServer{"boson.example", 3000, *ServerTrust::parsePin(Pin)};
    return settings;
}

} // namespace

class SettingsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takes_data();
    void takes();
    void refuses_data();
    void refuses();
    void fileRoundTrip();
    void strangeFiles();
    void requests();
    void aWayThatIsSetHoldsForWhatIsAskedFor();
    void statusHasEveryName();
    void health();
    void groups();
};

void SettingsTest::takes_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("shown");
    const auto row = [](const char *key, const char *value, const char *shown) {
        QTest::addRow("%s %s", key, value)
            << QByteArray(key) << QByteArray(value) << QByteArray(shown);
    };
    row("country", "DE", "DE");
    row("country", "any", "any");
    row("path", "relay", "relay");
    row("via", "FI", "FI");
    row("via", "none", "none");
    row("autoconnect", "on", "on");
    row("lockdown", "on", "on");
    row("lan", "on", "on");
    row("port-mapping", "on", "on");
    row("dns", "node", "node");
    row("dns", "9.9.9.9", "9.9.9.9");
    row("dns", "9.9.9.9, 2620:fe::9,192.168.1.53", "9.9.9.9,2620:fe::9,192.168.1.53");
}

void SettingsTest::takes()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, shown);
    Settings settings;
    QVERIFY(change(settings, key.toStdString(), value.toStdString()));
    QCOMPARE(settingsJson(settings).at(key.toStdString()).get<std::string>(), shown.toStdString());
}

void SettingsTest::refuses_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    const auto row = [](const char *key, const char *value) {
        QTest::addRow("%s '%s'", key, value) << QByteArray(key) << QByteArray(value);
    };
    for (const char *value : {"", "DEU", "1", "none"})
        row("country", value);
    for (const char *value : {"", "any", "xyz"})
        row("via", value);
    row("path", "fast");
    for (const char *key : {"autoconnect", "lockdown", "lan", "port-mapping"}) {
        for (const char *value : {"", "yes", "ON", "on "})
            row(key, value);
    }
    for (const char *value :
         {"", "nobody", "9.9.9.9,", ",9.9.9.9", "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4", "127.0.0.1",
          "::1", "0.0.0.0", "::", "224.0.0.251", "255.255.255.255", "ff02::fb", "fe80::1",
          "::ffff:9.9.9.9", "9.9.9.9\nnameserver 8.8.8.8", "fe80::1%eth0"})
        row("dns", value);
    row("server", "x");
    row("", "on");
}

void SettingsTest::refuses()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    Settings settings;
    const Result<void> done = change(settings, key.toStdString(), value.toStdString());
    QVERIFY(!done);
    QVERIFY(done.error().code == ErrorCode::InvalidArgument);
    QVERIFY(settings == Settings{});
}

void SettingsTest::fileRoundTrip()
{
    QVERIFY(settingsFromFile(settingsToFile(everything())) == everything());
    QVERIFY(settingsFromFile(settingsToFile(Settings{})) == Settings{});
    QVERIFY(settingsFromFile(Json::object()) == Settings{});
}

void SettingsTest::strangeFiles()
{
    // A pin that cannot be read must not become "trust the system's authorities".
    Json file = settingsToFile(everything());
    file["server"]["pin"] = "12";
    QVERIFY(!settingsFromFile(file).server);
    file["server"] = {{"host", "a b"}, {"port", 3000}, {"pin", nullptr}};
    QVERIFY(!settingsFromFile(file).server);
    file["server"] = {{"host", "a.example"}, {"port", 70000}, {"pin", nullptr}};
    QVERIFY(!settingsFromFile(file).server);
    QCOMPARE(faultOf(file), std::string("server"));
    QVERIFY(settingsFromFile(file).policy.lockdown);
    // A pause needs something to come back to.
    file = settingsToFile(everything());
    file.erase("wish");
    QVERIFY(!settingsFromFile(file).pausedUntil);
    // One whose end cannot be read is over.
    for (const char *text : {"-9223372036854775808", "18446744073709551615", "1.5", "\"x\""}) {
        file = settingsToFile(everything());
        file["pausedUntil"] = Json::parse(text);
        QVERIFY2(settingsFromFile(file).pausedUntil == WallTime{}, text);
    }
    for (const char *text : {"7", "\"x\"", "[]", "null"}) {
        const Json strange = Json::parse(text);
        Json whole = settingsToFile(everything());
        whole["lockdown"] = "off";
        for (const auto &[key, value] : whole.items()) {
            Json bent = whole;
            bent[key] = strange;
            const Settings read = settingsFromFile(bent);
            // What is not understood, and may have kept the line closed, does.
            const bool absent = strange.is_null() && (key == "wish" || key == "server");
            const bool closes =
                key == "lockdown" || key == "autoconnect" || key == "wish" || key == "server";
            QCOMPARE(faultOf(bent), closes && !absent ? key : std::string());
            QCOMPARE(read.policy.lockdown, closes && !absent);
        }
    }
}

void SettingsTest::requests()
{
    Settings defaults = everything();
    const auto request = [&](const Json &params) { return readRequest(params, defaults); };
    QCOMPARE(request(Json::object())->country, std::string("DE"));
    QCOMPARE(request(Json::object())->via, std::string("FI"));
    QCOMPARE(request({{"country", "US"}})->country, std::string("US"));
    QVERIFY(request({{"country", "any"}, {"via", "none"}})->country.empty());
    QVERIFY(request({{"country", "any"}, {"via", "none"}})->via.empty());
    const auto node = request({{"nodeId", "3b241101-e2bb-4255-8caf-4136c566a962"}});
    // The way to it is set for every exit: nobody who has it hidden behind another is shown to this
    // one.
    QVERIFY(node && node->country.empty() && node->via == "FI" && node->path == defaults.path);
    QVERIFY(node->path != PathPreference::Auto);
    for (const char *wrong : {R"({"country":7})", R"({"country":"XYZ"})", R"({"nodeId":"x"})",
                              R"({"path":"x"})", R"({"via":"x"})", R"({"via":true})"})
        QVERIFY2(!request(Json::parse(wrong)), wrong);
    QVERIFY(*readRequest(requestJson(*request(Json::object())), {}) == *request(Json::object()));
}

void SettingsTest::aWayThatIsSetHoldsForWhatIsAskedFor()
{
    const Settings before;
    Settings now = before;
    now.path = PathPreference::Relay;
    now.via = "FI";
    ConnectRequest request;
    request.country = "DE";
    const auto after = requestAfter(before, now, request);
    QVERIFY(after && after->path == PathPreference::Relay && after->via == "FI");
    QCOMPARE(after->country, std::string("DE"));
    request.path = PathPreference::Turn; // asked for by itself
    QVERIFY(requestAfter(before, now, request)->path == PathPreference::Turn);
    QVERIFY(!requestAfter(now, now, request));
}

void SettingsTest::statusHasEveryName()
{
    ClientStatus status;
    const Settings settings;
    const Json json = statusJson(
        {status, settings, std::nullopt, std::nullopt, false, {"no group", std::nullopt}});
    for (const char *name : {"controlVersion", "switching", "health", "pausedUntil", "lockdown",
                             "bootBlock", "request", "server", "accessKey", "settings", "features",
                             "switchFault", "excluded", "beside", "state", "problem", "killSwitch"})
        QVERIFY2(json.contains(name), name);
    QCOMPARE(json.at("controlVersion").get<int>(), 2);
    QVERIFY(json.at("server").is_null() && json.at("request").is_null());
    QVERIFY(!json.at("features").at("exclude").get<bool>());
    QCOMPARE(json.at("features").at("excludeReason").get<std::string>(), std::string("no group"));
    const Settings full = everything();
    const Json other = statusJson({status, full, full.server, std::nullopt, true, {}});
    QVERIFY(other.at("server").at("accessNeeded").is_null());
    const Json asked = statusJson({status, full, full.server, true, true, {}});
    QVERIFY(asked.at("server").at("accessNeeded") == true);
    QVERIFY(asked.at("server").at("version").is_null());
    status.serverVersion = "0.2.0";
    const Json told = statusJson({status, full, full.server, true, true, {}});
    QVERIFY(told.at("server").at("version") == "0.2.0");
    QCOMPARE(other.at("server").at("pin").get<std::string>().substr(0, 6), std::string("AA:AA:"));
    QCOMPARE(other.at("accessKey").get<std::string>(), std::string("set"));
}

void SettingsTest::health()
{
    LinkHealth link;
    QVERIFY(link.now() == Health::Stable);
    for (int i = 0; i < 20; ++i)
        link.answered(20 + i % 3);
    QVERIFY(link.now() == Health::Stable);
    link.missed();
    QVERIFY(link.now() == Health::NoSignal);
    link.answered(20);
    QVERIFY(link.now() == Health::Stable); // one loss happens
    link.missed();
    link.answered(20);
    QVERIFY(link.now() == Health::Unstable);
    for (int i = 0; i < 15; ++i)
        link.answered(i % 2 == 0 ? 20 : 90);
    QVERIFY(link.now() == Health::Unstable);
    for (int i = 0; i < 15; ++i)
        link.answered(i % 2 == 0 ? 300 : 340); // far away, and as it always is
    QVERIFY(link.now() == Health::Stable);
}

void SettingsTest::groups()
{
    const std::string text =
        "Name:\tcurl\nUid:\t1000\t1000\t1000\t1000\nGid:\t100\t977\t977\t977\n";
    QVERIFY(hasEffectiveGroup(text, 977));
    QVERIFY(!hasEffectiveGroup(text, 100));
    QVERIFY(!hasEffectiveGroup("Name:\tGid:\t977\t977\n", 977));
    for (const char *odd : {"", "\nGid:", "\nGid:\t977", "\nGid:\t977\t\n", "\nGid:\tx\ty\tz\n"})
        QVERIFY(!hasEffectiveGroup(odd, 977));
}

QTEST_APPLESS_MAIN(SettingsTest)
#include "settings_test.moc"
