// SPDX-License-Identifier: GPL-3.0-or-later
// The order in which a server's addresses are tried, as names change and connections are made.
#include "shared/net/known_addresses.h"

#include <QTest>

using namespace higgs;

class KnownAddressesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void order();
    void bounded();
};

namespace {

IpAddress at(int number)
{
    return IpAddress::v4(0xc0000200U + static_cast<std::uint32_t>(number));
}

using List = std::vector<IpAddress>;

} // namespace

void KnownAddressesTest::order()
{
    KnownAddresses known;
    QVERIFY(known.inOrder().empty());
    known.answered({at(1), at(2)});
    QCOMPARE(known.inOrder(), (List{at(1), at(2)}));
    QVERIFY(known.proven().empty()); // nothing to keep: it may be a portal's
    QVERIFY(known.proven(at(2)));
    QVERIFY(!known.proven(at(2)));
    QCOMPARE(known.inOrder(), (List{at(2), at(1)}));
    known.answered({at(3)}); // it moved, or somebody lies: both are tried
    QCOMPARE(known.inOrder(), (List{at(3), at(2)}));
    QVERIFY(known.proven(at(3)));
    QCOMPARE(known.inOrder(), (List{at(3), at(2)}));
    QCOMPARE(known.proven(), (List{at(3), at(2)}));
}

void KnownAddressesTest::bounded()
{
    KnownAddresses known;
    for (int i = 0; i < 100; ++i)
        known.proven(at(i));
    QCOMPARE(known.proven().size(), KnownAddresses::MostProven);
    QCOMPARE(known.inOrder().front(), at(99));
}

QTEST_APPLESS_MAIN(KnownAddressesTest)
#include "known_addresses_test.moc"
