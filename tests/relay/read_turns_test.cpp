// SPDX-License-Identifier: GPL-3.0-or-later
// A site's connections, however many, are read for a bounded part of each turn, and each of them
// has its turn.
#include "server/relay/read_turns.h"

#include <QTest>
#include <map>
#include <set>

using namespace higgs;
using namespace higgs::relay;

namespace {

constexpr std::size_t Read = 64 * 1024;

RelayLeg *leg(std::size_t number)
{
    return reinterpret_cast<RelayLeg *>((number + 1) * 64); // never looked into
}

IpAddress site(std::uint32_t number)
{
    return IpAddress::v4(0xcb007100 + number);
}

} // namespace

class ReadTurnsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aCrowdHasItsPartOfATurnAndAllOfItHaveTurns()
    {
        constexpr std::size_t Crowd = 500;
        ReadTurns turns;
        std::map<RelayLeg *, int> reads;
        std::set<RelayLeg *> waiting;
        const auto read = [&](RelayLeg *each, std::uint64_t turn) {
            turns.worked(site(1), turn, ReadTurns::costOf(Read, 1));
            ++reads[each];
            return Read;
        };
        for (std::uint64_t turn = 1; turn <= 2000; ++turn) {
            std::size_t work = 0;
            for (RelayLeg *each : turns.wake()) {
                QCOMPARE(waiting.erase(each), std::size_t(1));
                work += read(each, turn);
            }
            for (std::size_t i = 0; i < Crowd; ++i) {
                if (waiting.contains(leg(i)))
                    continue;
                if (turns.mayRead(leg(i), site(1), turn))
                    work += read(leg(i), turn);
                else
                    waiting.insert(leg(i));
            }
            QVERIFY(work <= ReadTurns::PerTurn + ReadTurns::WokenPerTurn * Read);
            QVERIFY(work >= ReadTurns::PerTurn - Read); // the control: they had something
            // Somebody else reads in any turn.
            QVERIFY(turns.mayRead(leg(Crowd), site(2), turn));
            turns.worked(site(2), turn, ReadTurns::costOf(1400, 1));
        }
        QCOMPARE(reads.size(), Crowd);
        const auto [least, most] =
            std::minmax_element(reads.begin(), reads.end(),
                                [](const auto &a, const auto &b) { return a.second < b.second; });
        QVERIFY(most->second - least->second <= 2);
    }

    void aFewNeverWait()
    {
        ReadTurns turns;
        for (std::uint64_t turn = 1; turn <= 1000; ++turn) {
            for (std::size_t i = 0; i < ReadTurns::PerTurn / Read; ++i) {
                QVERIFY(turns.mayRead(leg(i), site(1), turn));
                turns.worked(site(1), turn, Read);
            }
        }
        QVERIFY(!turns.isAnyoneWaiting());
    }

    void smallFramesCostWhatTheyAre()
    {
        ReadTurns turns;
        std::size_t reads = 0;
        while (turns.mayRead(leg(reads), site(1), 1) && reads < 10'000) {
            turns.worked(site(1), 1, ReadTurns::costOf(2048, 512));
            ++reads;
        }
        QVERIFY(reads <= 4);
        QVERIFY(turns.isAnyoneWaiting());
    }

    void whoIsGoneIsNotWoken()
    {
        ReadTurns turns;
        turns.worked(site(1), 1, ReadTurns::PerTurn);
        for (std::size_t i = 0; i < 3; ++i)
            QVERIFY(!turns.mayRead(leg(i), site(1), 1));
        turns.remove(leg(1), site(1));
        QCOMPARE(turns.wake(), (std::vector<RelayLeg *>{leg(0), leg(2)}));
        QVERIFY(!turns.isAnyoneWaiting());
        QVERIFY(turns.wake().empty());
    }
};

QTEST_APPLESS_MAIN(ReadTurnsTest)
#include "read_turns_test.moc"
