// SPDX-License-Identifier: GPL-3.0-or-later
// The receipt's table and what is read of its counters, also damaged ones.
#include "shared/tunnel/leak_rules.h"
#include "shared/tunnel/netlink_question.h"

#include <QTest>
#include <linux/netfilter/nf_tables.h>

using namespace higgs;

namespace {

Bytes attribute(std::uint16_t type, ByteSpan value)
{
    nfgenmsg nothing{};
    NetlinkQuestion made(0, 0, nothing);
    made.add(type, value.data(), value.size());
    const Bytes all = made.finished();
    return Bytes(all.begin() + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof nothing), all.end());
}

Bytes number(std::uint64_t value)
{
    Bytes bytes;
    ByteWriter(bytes).u64(value);
    return bytes;
}

/// The body of a NFT_MSG_NEWOBJ.
Bytes told(const std::string &name, LeakCount count)
{
    Bytes body(NLMSG_ALIGN(sizeof(nfgenmsg)));
    Bytes text(name.begin(), name.end());
    text.push_back(0);
    Bytes data = attribute(NFTA_COUNTER_BYTES, number(count.bytes));
    const Bytes packets = attribute(NFTA_COUNTER_PACKETS, number(count.packets));
    data.insert(data.end(), packets.begin(), packets.end());
    for (const Bytes &each :
         {attribute(NFTA_OBJ_NAME, text), attribute(NFTA_OBJ_DATA | NLA_F_NESTED, data)})
        body.insert(body.end(), each.begin(), each.end());
    return body;
}

std::vector<NamedCounter> allCounters()
{
    std::vector<NamedCounter> all;
    std::uint64_t n = 0;
    for (const char *kind : {"names", "local", "ipv4", "ipv6", "forwarded"}) {
        all.push_back({std::string("wanted_") + kind, {++n + 5, n * 100}});
        all.push_back({std::string("passed_") + kind, {n, n * 10}});
    }
    for (const char *kind : {"tunnel", "programs", "upkeep", "local", "outside"})
        all.push_back({std::string("left_") + kind, {++n, n * 2}});
    return all;
}

const ClientNetworkOptions Options{"/nowhere", "higgs7", 0x1234, 7, 0x5678, 0};

} // namespace

class LeakRulesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countersGoOn()
    {
        const std::string rules = leakRules(Options, {}, true, {});
        QVERIFY(rules.find("delete") == std::string::npos);
        QVERIFY(rules.find("flush table inet higgs_vpn_receipt\n") != std::string::npos);
        // Declared before the flush, with nothing in them, and again with the rules.
        QCOMPARE(rules.find("counter left_outside {\n    }\n") < rules.find("flush table"), true);
    }

    void lastIsTheLeak()
    {
        const std::string rules = leakRules(Options, {}, true, {});
        const auto leaving = rules.rfind("chain leaving");
        const auto at = [&](const char *what) { return rules.find(what, leaving); };
        QVERIFY(at("oifname { \"lo\", \"higgs7\" } return") < at("left_tunnel"));
        QVERIFY(at("meta mark 0x00001234 meta skuid 0 counter name left_tunnel") <
                at("left_programs"));
        QVERIFY(at("left_upkeep") < at("        counter name left_outside return\n    }\n"));
    }

    /// A question for a name that goes to the home's router is a leak in any case; the rest of the
    /// home's network is one unless the person has allowed it.
    void theHomeIsOutsideUnlessAllowed()
    {
        const auto leavingOf = [](bool allowLan) {
            const std::string rules =
                leakRules(Options, {.allowLan = allowLan, .excludeGid = {}}, true, {});
            return rules.substr(rules.rfind("chain leaving"));
        };
        QVERIFY(leavingOf(false).find("left_local") == std::string::npos);
        const std::string open = leavingOf(true);
        QVERIFY(open.find("192.168.0.0/16") < open.rfind("left_local"));
        QVERIFY(open.find("dport 53 counter name left_outside") < open.find("left_local"));
        QVERIFY(open.find("224.0.0.0/4") == std::string::npos);
    }

    void nobodyIsOutsideUnlessAllowed()
    {
        const std::string rules = leakRules(Options, {}, false, {});
        QVERIFY(rules.find("counter name left_programs") == std::string::npos);
    }

    void refusedIsWhatDidNotPass()
    {
        const auto figures = leakFigures(allCounters());
        QVERIFY(figures);
        QCOMPARE(figures->of(Refused::Names), (LeakCount{5, 90}));
        QCOMPARE(figures->of(Refused::Forwarded), (LeakCount{5, 450}));
        QCOMPARE(figures->of(Left::Tunnel), (LeakCount{6, 12}));
        QCOMPARE(figures->of(Left::Outside), (LeakCount{10, 20}));
    }

    void whatPassesMeanwhileIsNotRefused()
    {
        auto all = allCounters();
        all[1].count = {1000, 100'000};
        QCOMPARE(leakFigures(all)->of(Refused::Names), LeakCount());
    }

    void oneMissingIsNone()
    {
        for (std::size_t i = 0; i < allCounters().size(); ++i) {
            auto all = allCounters();
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
            QVERIFY(!leakFigures(all));
        }
    }

    void readsACounter()
    {
        const auto counter = readCounter(told("left_outside", {3, 180}));
        QVERIFY(counter);
        QCOMPARE(counter->name, std::string("left_outside"));
        QCOMPARE(counter->count, (LeakCount{3, 180}));
    }

    void isTotal()
    {
        const Bytes whole = told("left_outside", {3, 180});
        for (std::size_t size = 0; size < whole.size(); ++size)
            static_cast<void>(readCounter(ByteSpan(whole).first(size)));
        QVERIFY(!readCounter({}));
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            Bytes flipped = whole;
            flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            static_cast<void>(readCounter(flipped));
        }
    }
};

QTEST_GUILESS_MAIN(LeakRulesTest)

#include "leak_rules_test.moc"
