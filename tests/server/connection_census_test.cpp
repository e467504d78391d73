// SPDX-License-Identifier: GPL-3.0-or-later
// Who may connect, and in which order: caps and rates of every width of network, without sockets.
#include "server/http/connection_census.h"
#include "server/http/fair_queue.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;
using Refusal = ConnectionCensus::Refusal;

namespace {

const Monotonic Start{Seconds(1000)};

IpAddress address(const std::string &text)
{
    return *IpAddress::parse(text);
}

} // namespace

class ConnectionCensusTest : public QObject
{
    Q_OBJECT

    /// How many of many connections from these addresses get a place; all are kept.
    static std::size_t admitted(ConnectionCensus &census, const std::vector<std::string> &from,
                                std::size_t each)
    {
        static std::vector<std::unique_ptr<ConnectionPlace>> kept;
        kept.clear();
        for (const std::string &text : from) {
            for (std::size_t i = 0; i < each; ++i) {
                if (auto verdict = census.admit(Start, address(text)); verdict.place)
                    kept.push_back(std::move(verdict.place));
            }
        }
        return kept.size();
    }

private Q_SLOTS:
    void masksEveryWidth()
    {
        QCOMPARE(prefixOf(address("198.51.100.77"), 24), address("198.51.100.0"));
        QCOMPARE(prefixOf(address("::ffff:198.51.100.77"), 32), address("198.51.100.77"));
        QCOMPARE(prefixOf(address("2001:db8:1:2fff::1"), 56), address("2001:db8:1:2f00::"));
        QCOMPARE(prefixOf(address("2001:db8:1:2fff::1"), 48), address("2001:db8:1::"));
        QCOMPARE(neighbourhoodOf(address("2001:db8:1:2fff::1")), address("2001:db8:1::"));
        QCOMPARE(neighbourhoodOf(address("198.51.100.77")), address("198.51.100.0"));
    }

    void capsEveryWidth()
    {
        const Limits limits;
        ConnectionCensus census(limits, 1'000'000);
        // The control: many networks hold what one must not.
        QCOMPARE(admitted(census, {"2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1"}, 512), 1536U);
        QCOMPARE(admitted(census, {"2001:db8:1::1"}, 4000), limits.connectionsPerAddress);
        std::vector<std::string> delegated;
        std::vector<std::string> site;
        for (int i = 0; i < 40; ++i) {
            const std::string hex = toHex(Bytes{static_cast<std::uint8_t>(i)});
            delegated.push_back("2001:db8:5:10" + hex + "::1"); // 40 /64 of one /56
            site.push_back("2001:db8:6:" + hex + "00::1");      // 40 /56 of one /48
        }
        QCOMPARE(admitted(census, delegated, 512), limits.connectionsPerNetwork);
        QCOMPARE(admitted(census, site, 512), limits.connectionsPerSite);
        std::vector<std::string> neighbours;
        for (int i = 1; i < 40; ++i)
            neighbours.push_back("198.51.100." + std::to_string(i));
        QCOMPARE(admitted(census, neighbours, 512), limits.connectionsPerNetwork);
    }

    void placesComeBack()
    {
        Limits limits;
        limits.connectionsPerAddress = 1;
        ConnectionCensus census(limits, 1000);
        auto first = census.admit(Start, address("198.51.100.1"));
        QVERIFY(first.place);
        auto second = census.admit(Start, address("198.51.100.1"));
        QVERIFY(!second.place);
        QVERIFY(second.refusal == Refusal::Connections);
        first.place.reset();
        QCOMPARE(census.strangers(), 0U);
        first = census.admit(Start, address("198.51.100.1"));
        QVERIFY(first.place);
        // Who carries a session is bounded by that, and keeps only its descriptor.
        first.place->admitted();
        QVERIFY(census.admit(Start, address("198.51.100.1")).place);
        first.place.reset();
        census.sweep(Start + Seconds(3600));
        QCOMPARE(census.networks(), 0U);
    }

    void ratesBeforeCryptography()
    {
        Limits limits;
        limits.handshakesPerAddress = {60, 10};
        ConnectionCensus census(limits, 1000);
        int good = 0;
        Refusal refusal = Refusal::Full;
        for (int i = 0; i < 100; ++i) {
            auto verdict = census.admit(Start, address("198.51.100.1"));
            good += verdict.place ? 1 : 0;
            refusal = verdict.refusal;
        }
        QCOMPARE(good, 10);
        QVERIFY(refusal == Refusal::Rate);
        QVERIFY(census.admit(Start, address("198.51.100.2")).place); // somebody else
        QVERIFY(census.admit(Start + Seconds(1), address("198.51.100.1")).place);
    }

    void aFloodOfNetworksMakesFewEntries()
    {
        Limits limits;
        limits.handshakesPerSite = {60, 100};
        ConnectionCensus census(limits, 100'000);
        for (int i = 0; i < 50'000; ++i) {
            const std::string hex =
                toHex(Bytes{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
            census.admit(Start, address("2001:db8:7:" + hex + "::1"));
        }
        QVERIFY(census.networks() <= 201);
    }

    void strangersLeaveRoom()
    {
        Limits limits;
        limits.connectionsPerAddress = 1000;
        ConnectionCensus census(limits, 100);
        QCOMPARE(admitted(census, {"198.51.100.1"}, 1000), 50U);
        QVERIFY(!census.admitFront());
    }

    void theUnitHasWhatTheLimitsNeed()
    {
        QFile unit(QStringLiteral(HIGGS_SOURCE_DIR "/installer/systemd/boson-server.service.in"));
        QVERIFY(unit.open(QIODevice::ReadOnly));
        const QByteArray text = unit.readAll();
        const QByteArray key("\nLimitNOFILE=");
        const qsizetype at = text.indexOf(key) + key.size();
        QVERIFY(text.mid(at, text.indexOf('\n', at) - at).toULongLong() >=
                Limits().descriptorsNeeded());
    }

    void takesTurns()
    {
        FairQueue queue;
        for (std::uint64_t id = 0; id < 1000; ++id)
            queue.push(address("198.51.100.0"), id);
        queue.push(address("203.0.113.0"), 5000);
        QCOMPARE(queue.pop(), std::optional<std::uint64_t>(0));
        QCOMPARE(queue.pop(),
                 std::optional<std::uint64_t>(5000)); // after one, not after a thousand
        QCOMPARE(queue.pop(), std::optional<std::uint64_t>(1));
        queue.push(address("203.0.113.0"), 5001);
        QCOMPARE(queue.popFromLargest(), std::optional<std::uint64_t>(999));
        queue.remove(address("203.0.113.0"), 5001);
        QCOMPARE(queue.size(), std::size_t(997));
        for (int i = 0; i < 997; ++i)
            QVERIFY(queue.pop());
        QVERIFY(!queue.pop() && queue.isEmpty());
    }
};

QTEST_APPLESS_MAIN(ConnectionCensusTest)
#include "connection_census_test.moc"
