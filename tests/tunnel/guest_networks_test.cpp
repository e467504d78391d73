// SPDX-License-Identifier: GPL-3.0-or-later
// What a server may choose for a node's guests, and what would take the owner's traffic.
#include "shared/tunnel/guest_networks.h"

#include <QTest>

using namespace higgs;

namespace {

IpPrefix prefix(const QString &text)
{
    return text.isEmpty() ? IpPrefix() : *IpPrefix::parse(text.toStdString());
}

} // namespace

class GuestNetworksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void networks_data()
    {
        QTest::addColumn<QString>("network4");
        QTest::addColumn<QString>("network6");
        QTest::addColumn<bool>("allowed");
        const QString ours4 = QStringLiteral("10.86.0.0/16");
        const QString ours6 = QStringLiteral("fd86:4869:6767:73::/64");
        const auto row = [](const char *name, const QString &four, const QString &six, bool ok) {
            QTest::newRow(name) << four << six << ok;
        };
        row("usual", ours4, ours6, true);
        row("no IPv6", ours4, {}, true);
        row("no IPv4", {}, ours6, true);
        row("carrier's range", QStringLiteral("100.64.0.0/16"), ours6, true);
        row("everything", QStringLiteral("0.0.0.0/0"), ours6, false);
        row("a resolver's", QStringLiteral("8.8.8.0/24"), ours6, false);
        row("more than private", QStringLiteral("172.0.0.0/11"), ours6, false);
        row("loopback", QStringLiteral("127.0.0.0/8"), ours6, false);
        row("link-local", QStringLiteral("169.254.0.0/16"), ours6, false);
        row("multicast", QStringLiteral("224.0.0.0/4"), ours6, false);
        row("the home", QStringLiteral("192.168.21.0/24"), ours6, false);
        row("around the home", QStringLiteral("192.168.0.0/16"), ours6, false);
        row("part of the home", QStringLiteral("192.168.21.128/25"), ours6, false);
        row("beside the home", QStringLiteral("192.168.22.0/24"), ours6, true);
        row("nobody's", QStringLiteral("10.86.0.0/31"), ours6, false);
        row("all of IPv6", ours4, QStringLiteral("::/0"), false);
        row("global IPv6", ours4, QStringLiteral("2a00:1450::/32"), false);
        row("the home's IPv6", ours4, QStringLiteral("fd21::/48"), false);
    }

    void networks()
    {
        QFETCH(const QString, network4);
        QFETCH(const QString, network6);
        const std::vector<IpPrefix> nearby = {*IpPrefix::parse("192.168.21.0/24"),
                                              *IpPrefix::parse("fd21::/64")};
        const Result<void> checked = checkGuestNetworks(prefix(network4), prefix(network6), nearby);
        QTEST(checked.has_value(), "allowed");
        if (!checked)
            QVERIFY(checked.error().code == ErrorCode::InvalidArgument);
    }

    void addresses()
    {
        const IpPrefix network = *IpPrefix::parse("10.86.0.0/16");
        const auto may = [&](const char *text) {
            return isGuestAddress(*IpPrefix::parse(text), network);
        };
        QVERIFY(may("10.86.0.2/32"));
        QVERIFY(may("10.86.255.254/32"));
        QVERIFY(!may("10.86.0.0/32"));
        QVERIFY(!may("10.86.0.1/32"));     // the node
        QVERIFY(!may("10.86.255.253/32")); // as whom it tries its exit
        QVERIFY(isGuestAddress(*IpPrefix::parse("10.86.0.5/32"), *IpPrefix::parse("10.86.0.0/29")));
        QVERIFY(!may("10.86.4.0/24"));
        QVERIFY(!may("8.8.8.8/32"));
        QVERIFY(!may("fd86::2/128"));
        QVERIFY(!isGuestAddress(*IpPrefix::parse("10.86.0.2/32"), IpPrefix()));
        QVERIFY(isGuestAddress(*IpPrefix::parse("fd86::2/128"), *IpPrefix::parse("fd86::/64")));
        QVERIFY(!isGuestAddress(*IpPrefix::parse("fd86::1/128"), *IpPrefix::parse("fd86::/64")));
    }
};

QTEST_GUILESS_MAIN(GuestNetworksTest)
#include "guest_networks_test.moc"
