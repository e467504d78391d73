// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/turn_addresses.h"

#include <QSignalSpy>
#include <QtTest>

using namespace higgs;
using namespace higgs::server;

namespace {

IpAddress ip(const char *text)
{
    return *IpAddress::parse(text);
}

} // namespace

class TurnAddressesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutAServerThereAreNone()
    {
        const TurnAddresses none({}, {});
        QVERIFY(none.known().empty());
    }

    void whatIsWrittenCounts()
    {
        const TurnAddresses written("192.0.2.1", {ip("::ffff:9.9.9.9"), ip("2620:fe::fe")});
        const std::vector<IpAddress> both = {ip("9.9.9.9"), ip("2620:fe::fe")};
        QVERIFY(std::is_permutation(both.begin(), both.end(), written.known().begin(),
                                    written.known().end()));
        QTest::qWait(50);
        QCOMPARE(written.known().size(), std::size_t(2));
    }

    void aHostIsLookedUp()
    {
        TurnAddresses addresses("192.0.2.1", {});
        QSignalSpy changed(&addresses, &TurnAddresses::changed);
        QVERIFY(changed.wait());
        QCOMPARE(addresses.known(), std::vector{ip("192.0.2.1")});
        // Another one: what the first one had is nobody's at once.
        addresses.follow("192.0.2.2", {});
        QVERIFY(addresses.known().empty());
        QTRY_COMPARE(addresses.known(), std::vector{ip("192.0.2.2")});
        addresses.follow({}, {});
        QVERIFY(addresses.known().empty());
    }
};

QTEST_GUILESS_MAIN(TurnAddressesTest)
#include "turn_addresses_test.moc"
