// SPDX-License-Identifier: GPL-3.0-or-later
// What the node knows of its home's router: both families, old and new addresses, the networks of
// its ends, and what is not known any more.
#include "app-node/engine/router_knowledge.h"
#include "shared/tunnel/exit_ruleset.h"

#include <QTest>
#include <algorithm>

using namespace higgs;
using namespace higgs::node;

namespace {

using Family = IpAddress::Family;

IpAddress address(std::string_view text)
{
    return IpAddress::parse(text).value();
}

constexpr std::string_view One = "198.51.100.1";
constexpr std::string_view Other = "198.51.100.2";

StunBindingResult seen(std::string_view text, unsigned hopLimit = 57, std::string_view server = One)
{
    return {{address(text), 40'000}, 1, {}, hopLimit, address(server)};
}

bool covers(const RouterSurface &surface, std::string_view text)
{
    const IpAddress wanted = address(text);
    return std::count(surface.addresses.begin(), surface.addresses.end(), wanted) > 0 ||
           std::any_of(surface.networks.begin(), surface.networks.end(),
                       [&](const IpPrefix &each) { return each.contains(wanted); });
}

} // namespace

class RouterKnowledgeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aFamilySaysNothingOfTheOther()
    {
        RouterKnowledge router;
        QVERIFY(!router.surface().known4 && !router.surface().known6);
        router.beginRound();
        QVERIFY(router.mapped(seen("2a00:21:0:1::2")));
        QVERIFY(!router.knows(Family::V4) && router.knows(Family::V6));
        QVERIFY(router.mapped(seen("203.0.113.21")));
        QVERIFY(!router.mapped(seen("203.0.113.21"))); // no news
        QVERIFY(router.knows(Family::V4));
        QVERIFY(covers(router.surface(), "203.0.113.21"));
    }

    void oldAddressesStayAndAreFew()
    {
        RouterKnowledge router;
        for (unsigned i = 1; i <= 100; ++i)
            router.mapped(seen("198.18.0." + std::to_string(i)));
        const RouterSurface surface = router.surface();
        QCOMPARE(surface.addresses.size(), RouterKnowledge::MaxAddresses);
        QVERIFY(covers(surface, "198.18.0.100") && covers(surface, "198.18.0.99"));
        router.mapped(seen("198.18.0.99"));
        for (unsigned i = 101; i < 100 + RouterKnowledge::MaxAddresses; ++i)
            router.mapped(seen("198.18.0." + std::to_string(i)));
        QVERIFY(covers(router.surface(), "198.18.0.99")); // it was there of late
    }

    void whoLiesTakesNothingFromWhatOthersTold()
    {
        RouterKnowledge router;
        router.beginRound();
        router.mapped(seen("203.0.113.21"));
        router.hops(Family::V4, {{address("192.168.1.1"), {}}, true}, true);
        for (unsigned i = 0; i < 10'000; ++i) // another one with every answer
            router.mapped(seen("198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250),
                               57, Other));
        const RouterSurface surface = router.surface();
        QVERIFY(covers(surface, "203.0.113.21") && covers(surface, "192.168.1.1"));
        QCOMPARE(surface.addresses.size(), RouterKnowledge::MaxAddresses + 2);
    }

    void whoBeginsToLieTakesNotWhatItToldForLong()
    {
        for (const bool v6 : {false, true}) {
            const std::string_view home = v6 ? "2a00:21:0:1::2" : "203.0.113.21";
            RouterKnowledge router;
            for (unsigned round = 0; round < 20; ++round) {
                router.beginRound();
                router.mapped(seen(home));
            }
            for (unsigned i = 0; i < 10'000; ++i) { // rounds enough, and each address once or twice
                if (i % 10 == 0)
                    router.beginRound();
                router.mapped(seen((v6 ? "2a01:" : "198.18.") + std::to_string(i / 250 % 250) +
                                   (v6 ? ":" : ".") + std::to_string(i % 250) + (v6 ? "::1" : "")));
            }
            QVERIFY(covers(router.surface(), home));
            router.beginRound();
            router.mapped(seen(v6 ? "2a02::1" : "203.0.113.99"));
            QVERIFY(covers(router.surface(), v6 ? "2a02::1" : "203.0.113.99")); // the latest, too
        }
    }

    void fewServersAreListenedTo()
    {
        RouterKnowledge router;
        router.beginRound();
        router.hops(Family::V4, {{address("192.168.1.1"), {}}, true}, true);
        for (unsigned i = 1; i <= 50; ++i)
            router.mapped(
                seen("198.18.0." + std::to_string(i), 57, "203.0.113." + std::to_string(i)));
        const RouterSurface surface = router.surface();
        QCOMPARE(surface.addresses.size(), RouterKnowledge::MaxServers + 1);
        QVERIFY(covers(surface, "192.168.1.1") && covers(surface, "198.18.0.50"));
    }

    void networksAreOfTheHomeOrOfTheLine()
    {
        RouterKnowledge router;
        router.hops(Family::V6, {{address("2a00:21:0:1::1"), address("2a00:113::1")}, true}, true);
        const RouterSurface surface = router.surface();
        QVERIFY(!surface.known6 && surface.afar6 && !surface.afar4); // a STUN server was asked
        QVERIFY(covers(surface, "2a00:21:0:ff00::9"));               // of the /48
        QVERIFY(!covers(surface, "2a00:21:1::9"));
        QVERIFY(covers(surface, "2a00:113::21")); // the router's other end
        QVERIFY(!covers(surface, "2a00:113:0:1::21"));
        router.mapped(seen("2a00:77:5:6::2")); // a translated prefix
        QVERIFY(covers(router.surface(), "2a00:77:5:7::1"));
    }

    void whereNobodyCanBeAskedTheRouterItselfTells()
    {
        RouterKnowledge router;
        router.beginRound();
        router.hops(Family::V6, {{address("2a00:21:0:1::1"), {}}, true}, false);
        QVERIFY(router.knows(Family::V6));
        RouterKnowledge other;
        other.beginRound();
        other.hops(Family::V4, {{address("192.168.1.1"), address("10.0.0.1")}, true}, false);
        QVERIFY(!other.knows(Family::V4)); // its outer address is another
        QVERIFY(covers(other.surface(), "192.168.1.1"));
    }

    void anAddressIsForgottenWhenNobodyTells()
    {
        RouterKnowledge router;
        router.beginRound();
        router.mapped(seen("203.0.113.21"));
        QVERIFY(!router.endRound(true));
        for (unsigned i = 1; i < RouterKnowledge::MaxUnanswered; ++i) {
            router.beginRound();
            QVERIFY(!router.endRound(false) && router.knows(Family::V4));
        }
        router.beginRound();
        QVERIFY(router.endRound(false) && !router.knows(Family::V4));
        QVERIFY(covers(router.surface(), "203.0.113.21")); // it stays closed
        router.mapped(address("203.0.113.21"), address(One));
        router.beginRound();
        QVERIFY(router.endRound(true)); // before sharing begins one such round is enough
    }

    void answersThatCameNoWayAreNoEvidence()
    {
        RouterKnowledge router;
        router.mapped(seen("203.0.113.21", 64));
        QVERIFY(!router.surface().afar4);
        router.mapped(seen("203.0.113.21", 63));
        QVERIFY(router.surface().afar4);
        QVERIFY(isUnspent(64) && isUnspent(128) && isUnspent(255) && !isUnspent(63));
    }
};

QTEST_APPLESS_MAIN(RouterKnowledgeTest)
#include "router_knowledge_test.moc"
