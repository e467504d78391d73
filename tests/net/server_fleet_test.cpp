// SPDX-License-Identifier: GPL-3.0-or-later
// Several servers as an end knows them: which is asked next, what is kept of them, and what a
// hostile or mistaken one can make an end do by naming others.
#include "shared/net/known_fleet.h"

#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace std::chrono_literals;

namespace {

const ServerPlace Entry{"boson.example", 3000};
const ServerPlace One{"b1.example", 3000};
const ServerPlace Two{"b2.example", 3000};
constexpr Monotonic Start{std::chrono::hours(1)};
constexpr WallTime Today{1'800'000'000'000};

protocol::RelayServer named(const ServerPlace &place)
{
    return {"relay-1", place.host, place.port, "websocket"};
}

bool all(const ServerPlace &)
{
    return true;
}

ServerFleet fleetOfThree()
{
    ServerFleet fleet(Entry);
    [&] { QVERIFY(fleet.told(Today, {named(One), named(Two)})); }();
    return fleet;
}

} // namespace

class ServerFleetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneServerIsNoFleet()
    {
        ServerFleet fleet(Entry);
        QVERIFY(!fleet.told(Today, {named(One)})); // itself, by whatever name
        QVERIFY(fleet.others().empty());
        fleet.failed(Start, Entry);
        QVERIFY(fleet.choose(Start, Entry, all, 0) == Entry);
        QVERIFY(!fleet.hasAnother(Start, Entry, all));
    }

    void goesOnAtAnotherAndStays()
    {
        ServerFleet fleet = fleetOfThree();
        QVERIFY(fleet.choose(Start, Entry, all, 0) == Entry);
        QVERIFY(fleet.choose(Start, Two, all, 0) == Two);
        fleet.failed(Start, Two);
        QVERIFY(fleet.choose(Start, Two, all, 0) == Entry);
        fleet.failed(Start, Entry);
        QVERIFY(fleet.choose(Start, Entry, all, 0) == One);
        QVERIFY(fleet.hasAnother(Start, Entry, all));
        fleet.stood(One);
        QVERIFY(fleet.choose(Start, One, all, 0) == One);
    }

    void whenAllHaveFailedTheOldestFailureIsTried()
    {
        ServerFleet fleet = fleetOfThree();
        fleet.failed(Start, Two);
        fleet.failed(Start + 1s, One);
        fleet.failed(Start + 2s, Entry);
        QVERIFY(!fleet.hasAnother(Start + 2s, Entry, all));
        QVERIFY(fleet.choose(Start + 2s, Entry, all, 0) == Two);
        fleet.failed(Start + 3s, Two);
        QVERIFY(fleet.choose(Start + 3s, Two, all, 0) == One);
        // And what failed long ago is as good as any.
        QVERIFY(fleet.choose(Start + 1s + ServerFleet::FailureMemory, One, all, 0) == One);
    }

    void notAllEndsGoToOne()
    {
        std::vector<ServerPlace> chosen;
        ServerFleet fleet = fleetOfThree();
        fleet.failed(Start, Entry);
        for (std::size_t turn = 0; turn < 6; ++turn)
            chosen.push_back(fleet.choose(Start, Entry, all, turn));
        QVERIFY(std::count(chosen.begin(), chosen.end(), One) > 0);
        QVERIFY(std::count(chosen.begin(), chosen.end(), Two) > 0);
    }

    void whoseAddressIsNotKnownIsPassedOver()
    {
        ServerFleet fleet = fleetOfThree();
        fleet.failed(Start, Entry);
        const auto usable = [](const ServerPlace &place) { return place == Two; };
        for (std::size_t turn = 0; turn < 6; ++turn)
            QVERIFY(fleet.choose(Start, Entry, usable, turn) == Two);
        const auto none = [](const ServerPlace &) { return false; };
        QVERIFY(fleet.choose(Start, Entry, none, 0) == Entry);
        QVERIFY(!fleet.hasAnother(Start, Entry, none));
    }

    void whoIsLeftAloneForgetsNobody()
    {
        ServerFleet fleet = fleetOfThree();
        QVERIFY(!fleet.told(Today, {named(One)}));
        QCOMPARE(fleet.others().size(), std::size_t(2));
        const ServerPlace three{"b3.example", 443};
        QVERIFY(fleet.told(Today + 1min, {named(One), named(three)}));
        QVERIFY((fleet.others() == std::vector{One, three, Two}));
        // But one that nobody names for a month is none any more.
        QVERIFY(fleet.told(Today + ServerFleet::Forgotten, {named(One), named(three)}));
        QVERIFY((fleet.others() == std::vector{One, three}));
    }

    void isKeptAndReadAgain()
    {
        const ServerFleet fleet = fleetOfThree();
        ServerFleet again(Entry);
        again.read(Today + 1h, fleet.text());
        QVERIFY(again.others() == fleet.others());
        ServerFleet foreign(ServerPlace{"elsewhere.example", 3000});
        foreign.read(Today, fleet.text());
        QVERIFY(foreign.others().empty());
        // Damaged in every way it says less, and nothing else.
        const std::string text = fleet.text();
        for (std::size_t i = 0; i < text.size(); ++i) {
            ServerFleet cut(Entry);
            cut.read(Today, text.substr(0, i));
            QVERIFY(cut.others().size() <= 2);
            std::string flipped = text;
            flipped[i] = static_cast<char>(flipped[i] ^ 0x11);
            ServerFleet bad(Entry);
            bad.read(Today, flipped);
            QVERIFY(bad.others().size() <= 2);
        }
    }

    void aHostileListCostsNothing();
    void aHostileListLeadsNowhere();
    void isWrittenDownAndFound();
};

namespace {

/// Thousands: private, loopback, odd ports, doubled, no names at all.
protocol::ServerInfo hostileInfo(int seed)
{
    protocol::ServerInfo info;
    for (int i = 0; i < 4'000; ++i) {
        const std::string number = std::to_string(i % 250);
        const std::string own = std::to_string(seed) + "-" + std::to_string(i);
        info.relayServers.push_back({"relay-1", "192.168.1." + number, 22, "websocket"});
        info.relayServers.push_back({"relay-1", "127.0.0.1", 631, "websocket"});
        info.relayServers.push_back({"relay-1", "::1", 0, "websocket"});
        info.relayServers.push_back({"relay-2", "b1.example", 3000, "gopher"});
        info.relayServers.push_back({"relay-2", "no name\r\nX: y", 3000, "websocket"});
        info.relayServers.push_back({"relay-2", "n" + own + ".example", 3000, "websocket"});
    }
    return info;
}

} // namespace

void ServerFleetTest::aHostileListCostsNothing()
{
    QTemporaryDir directory;
    int lookedUp = 0;
    KnownFleet fleet({.file = directory.filePath(QStringLiteral("server-fleet")).toStdString(),
                      .addresses = [](const std::string &) { return std::vector<IpAddress>(); },
                      .lookUp = [&lookedUp](const std::string &) { ++lookedUp; },
                      .check =
                          [](const std::vector<IpAddress> &, std::uint16_t) {
                              return Result<std::vector<CheckedEndpoint>>(
                                  unexpected(ErrorCode::Forbidden, "inside the home"));
                          }});
    fleet.setEntry(Entry);
    for (int i = 0; i < 50; ++i) {
        fleet.told(hostileInfo(i));
        QVERIFY(fleet.others().size() <= ServerFleet::MostOthers);
        fleet.failed(Entry);
        QVERIFY(fleet.choose(Entry) == Entry); // none of them can be gone to
        QVERIFY(!fleet.hasAnother(Entry));
    }
    QVERIFY(lookedUp <= static_cast<int>(KnownFleet::LookUpsAtOnce));
}

void ServerFleetTest::aHostileListLeadsNowhere()
{
    // With the real question whom a server may name; it was met on the Internet.
    QTemporaryDir directory;
    NamedEndpoints endpoints([] {
        return Result<std::vector<IpPrefix>>(std::vector{*IpPrefix::parse("192.168.1.0/24")});
    });
    const std::vector reached{*IpAddress::parse("8.8.8.8")};
    KnownFleet fleet(
        {.file = directory.filePath(QStringLiteral("server-fleet")).toStdString(),
         .addresses =
             [](const std::string &) { return std::vector{*IpAddress::parse("10.0.0.1")}; },
         .lookUp = [](const std::string &) {},
         .check =
             [&](const std::vector<IpAddress> &addresses, std::uint16_t port) {
                 return endpoints.check(NamedUse::Relay, addresses, port, reached);
             }});
    fleet.setEntry(Entry);
    fleet.told(hostileInfo(1));
    QVERIFY(!fleet.others().empty());
    for (const ServerPlace &each : fleet.others())
        QVERIFY(fleet.addressesOf(each).empty());
    fleet.failed(Entry);
    QVERIFY(fleet.choose(Entry) == Entry);
    // The positive control: one on the Internet is gone to.
    protocol::ServerInfo good;
    good.relayServers = {::named(One), ::named({"9.9.9.9", 3000})};
    fleet.told(good);
    QVERIFY(fleet.choose(Entry) == (ServerPlace{"9.9.9.9", 3000}));
}

void ServerFleetTest::isWrittenDownAndFound()
{
    QTemporaryDir directory;
    const auto options = [&directory] {
        return KnownFleetOptions{
            .file = directory.filePath(QStringLiteral("server-fleet")).toStdString(),
            .addresses =
                [](const std::string &) { return std::vector{*IpAddress::parse("9.9.9.9")}; },
            .lookUp = [](const std::string &) {},
            .check = [](const std::vector<IpAddress> &addresses,
                        std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
            }};
    };
    KnownFleet first(options());
    first.setEntry(Entry);
    protocol::ServerInfo info;
    info.relayServers = {named(One), named(Two)};
    first.told(info);
    KnownFleet second(options());
    second.setEntry(Entry);
    QVERIFY((second.others() == std::vector{One, Two}));
    second.setEntry(One); // another server: they are not its own
    QVERIFY(second.others().empty());
}

QTEST_GUILESS_MAIN(ServerFleetTest)
#include "server_fleet_test.moc"
