// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/silent_rounds.h"

#include <QTest>

using namespace higgs;
using Family = IpAddress::Family;

class SilentRoundsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void threeInARow();
    void eachFamilyForItself();
    void anotherNetworkOrNoRoute();
};

void SilentRoundsTest::threeInARow()
{
    SilentRounds rounds;
    QVERIFY(!rounds.silent(Family::V4));
    QVERIFY(!rounds.silent(Family::V4));
    rounds.answered(Family::V4);
    QVERIFY(!rounds.silent(Family::V4));
    QVERIFY(!rounds.silent(Family::V4));
    QVERIFY(rounds.silent(Family::V4));
    QVERIFY(rounds.silent(Family::V4)); // and it stays so
}

void SilentRoundsTest::eachFamilyForItself()
{
    SilentRounds rounds;
    for (unsigned i = 0; i < SilentRounds::Most; ++i)
        (void)rounds.silent(Family::V6);
    QVERIFY(!rounds.silent(Family::V4));
    rounds.answered(Family::V4);
    QVERIFY(rounds.silent(Family::V6));
}

void SilentRoundsTest::anotherNetworkOrNoRoute()
{
    SilentRounds rounds;
    rounds.networksChanged();
    QVERIFY(rounds.silent(Family::V4));
    QVERIFY(rounds.silent(Family::V6));
    SilentRounds others;
    QVERIFY(others.silent(Family::V6, true));
    QVERIFY(!others.silent(Family::V4));
}

QTEST_GUILESS_MAIN(SilentRoundsTest)
#include "silent_rounds_test.moc"
