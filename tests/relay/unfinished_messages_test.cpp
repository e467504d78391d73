// SPDX-License-Identifier: GPL-3.0-or-later
// What connections hold of messages that have come in part is bounded in all, and who holds most of
// it gives way.
#include "server/relay/unfinished_messages.h"

#include <QTest>

using namespace higgs;
using namespace higgs::relay;

namespace {

constexpr std::size_t Limit = 1024 * 1024;
constexpr std::size_t Datagram = 65'535;

} // namespace

class UnfinishedMessagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whoHoldsMostGivesWay()
    {
        UnfinishedMessages unfinished(Limit);
        // One slow user, who was there first.
        unfinished.set(leg(0), *IpAddress::parse("192.0.2.7"), Datagram);
        std::vector<RelayLeg *> ended;
        for (std::size_t i = 1; i < 500; ++i) {
            // A crowd of eight sites, of which the first has the most.
            const std::uint32_t site = i % 16 < 8 ? i % 16 : 0;
            unfinished.set(leg(i), IpAddress::v4(0xcb007100 + site), Datagram);
            while (RelayLeg *most = unfinished.tooMuch()) {
                ended.push_back(most);
                unfinished.remove(most);
            }
            QVERIFY(unfinished.sum() <= Limit);
        }
        QVERIFY(unfinished.sum() > Limit - Datagram); // the control: it was full
        QCOMPARE(ended.size(), 500 - Limit / Datagram);
        QVERIFY(std::find(ended.begin(), ended.end(), leg(0)) == ended.end());
    }

    void oneSiteHasItsShare()
    {
        UnfinishedMessages unfinished(Limit);
        const IpAddress site = *IpAddress::parse("2001:db8:a::");
        const std::size_t most = Limit / UnfinishedMessages::Shares / Datagram;
        for (std::size_t i = 0; i < most; ++i) {
            unfinished.set(leg(i), site, Datagram);
            QVERIFY(unfinished.tooMuch() == nullptr); // the control
        }
        unfinished.set(leg(most), site, Datagram);
        QCOMPARE(unfinished.tooMuch(), leg(0)); // the oldest
        unfinished.remove(leg(0));
        QVERIFY(unfinished.tooMuch() == nullptr);
        unfinished.set(leg(0), *IpAddress::parse("192.0.2.7"), Datagram);
        QVERIFY(unfinished.tooMuch() == nullptr);
    }

    void whatIsCutByAReadIsNobodysFault()
    {
        UnfinishedMessages unfinished(Limit);
        for (std::size_t i = 0; i < 1000; ++i)
            unfinished.set(leg(i), {}, UnfinishedMessages::Blameless);
        QCOMPARE(unfinished.sum(), std::size_t(0));
        QVERIFY(unfinished.tooMuch() == nullptr);
    }

    void whatHasCountedGoes()
    {
        UnfinishedMessages unfinished(Limit);
        const IpAddress site = *IpAddress::parse("192.0.2.7");
        for (std::size_t i = 0; i < 10; ++i) {
            unfinished.set(leg(i), site, 5000);
            unfinished.set(leg(i), site, Datagram);
        }
        QCOMPARE(unfinished.sum(), 10 * Datagram);
        for (std::size_t i = 0; i < 5; ++i)
            unfinished.set(leg(i), site, 0); // complete
        for (std::size_t i = 0; i < 10; ++i)
            unfinished.remove(leg(i));
        unfinished.remove(leg(0));
        QCOMPARE(unfinished.sum(), std::size_t(0));
    }

private:
    /// Only ever compared.
    RelayLeg *leg(std::size_t number) { return reinterpret_cast<RelayLeg *>(&m_places[number]); }

    std::array<char, 1000> m_places{};
};

QTEST_GUILESS_MAIN(UnfinishedMessagesTest)
#include "unfinished_messages_test.moc"
