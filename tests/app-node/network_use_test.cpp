// SPDX-License-Identifier: GPL-3.0-or-later
// What shows that the guests' network is somebody's in the home, and what does not.
#include "app-node/engine/network_use.h"

#include <QTest>
#include <algorithm>

using namespace higgs;
using namespace higgs::node;

namespace {

IpAddress address(const QString &text)
{
    return text.isEmpty() ? IpAddress() : IpAddress::parse(text.toStdString()).value();
}

bool has(const std::vector<IpAddress> &all, const char *text)
{
    return std::count(all.begin(), all.end(), IpAddress::parse(text).value()) == 1;
}

} // namespace

class NetworkUseTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void targets()
    {
        const auto usual = sweepTargets(*IpPrefix::parse("10.86.0.0/16"));
        QCOMPARE(usual.size(), std::size_t{512});
        for (const char *each : {"10.86.0.1", "10.86.0.254", "10.86.77.1", "10.86.255.254"})
            QVERIFY(has(usual, each));
        QCOMPARE(sweepTargets(*IpPrefix::parse("10.0.0.0/8")).size(), std::size_t{512});
        const auto small = sweepTargets(*IpPrefix::parse("10.86.4.128/26"));
        QCOMPARE(small.size(), std::size_t{2});
        QVERIFY(has(small, "10.86.4.129") && has(small, "10.86.4.190"));
        QVERIFY(has(sweepTargets(*IpPrefix::parse("fd86::/64")), "fd86::1"));
        QVERIFY(sweepTargets({}).empty());
    }

    void ways_data()
    {
        QTest::addColumn<QString>("out1");
        QTest::addColumn<QString>("out2");
        QTest::addColumn<QString>("there1");
        QTest::addColumn<QString>("there2");
        QTest::addColumn<bool>("used");
        const auto row = [](const char *name, const char *out1, const char *out2,
                            const char *there1, const char *there2, bool used) {
            QTest::newRow(name) << QString::fromLatin1(out1) << QString::fromLatin1(out2)
                                << QString::fromLatin1(there1) << QString::fromLatin1(there2)
                                << used;
        };
        row("nobody says anything", "", "", "", "", false);
        row("the usual way", "192.168.1.1", "81.0.0.1", "192.168.1.1", "81.0.0.1", false);
        row("silent there", "192.168.1.1", "81.0.0.1", "192.168.1.1", "", false);
        row("the router refuses", "192.168.1.1", "81.0.0.1", "192.168.1.1", "192.168.1.1", false);
        row("the provider has two ways", "192.168.1.1", "81.0.0.1", "192.168.1.1", "81.0.0.9",
            false);
        row("the carrier's own", "192.168.1.1", "100.64.0.1", "192.168.1.1", "100.64.0.9", false);
        row("the provider is private", "192.168.1.1", "10.0.0.1", "192.168.1.1", "10.0.0.9", false);
        row("another router", "192.168.1.1", "81.0.0.1", "192.168.1.9", "", true);
        row("behind the router", "192.168.1.1", "81.0.0.1", "192.168.1.1", "192.168.1.9", true);
        row("the Internet's way is silent", "192.168.1.1", "", "192.168.1.1", "10.86.0.9", true);
        row("IPv6, another router", "2a00:1::1", "2a00::1", "fd21::9", "", true);
        row("IPv6, the usual way", "2a00:1::1", "2a00::1", "2a00:1::1", "2a00::1", false);
    }

    void ways()
    {
        QFETCH(const QString, out1);
        QFETCH(const QString, out2);
        QFETCH(const QString, there1);
        QFETCH(const QString, there2);
        NetworkTraces traces;
        traces.internet.routers = {address(out1), address(out2)};
        traces.network.routers = {address(there1), address(there2)};
        QTEST(!useOf(traces).empty(), "used");
        traces.answered = {address(QStringLiteral("10.86.5.1"))};
        QVERIFY(useOf(traces).find("10.86.5.1") != std::string::npos);
    }

    void resolvers()
    {
        const IpPrefix network = *IpPrefix::parse("10.86.0.0/16");
        QVERIFY(resolverWithin(network, "search home\nnameserver 192.168.1.1\n").empty());
        QVERIFY(resolverWithin(network, "# nameserver 10.86.0.53\nnameserver\n").empty());
        QVERIFY(resolverWithin({}, "nameserver 10.86.0.53\n").empty());
        QVERIFY(!resolverWithin(network, "nameserver 192.168.1.1\nnameserver 10.86.0.53").empty());
    }
};

QTEST_GUILESS_MAIN(NetworkUseTest)
#include "network_use_test.moc"
