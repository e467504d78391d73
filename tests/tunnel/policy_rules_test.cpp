// SPDX-License-Identifier: GPL-3.0-or-later
// The client's rules of policy routing: as batches for `ip`, and where they stand among others'.
#include "shared/tunnel/client_policy_rules.h"

#include <QTest>
#include <algorithm>

using namespace higgs;

namespace {

bool contains(const std::string &text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class PolicyRulesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void batches();
    void places();
};

void PolicyRulesTest::batches()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const TunnelRoutes routes{{*InterfaceAddress::parse("10.86.0.2/32")},
                              {*IpAddress::parse("10.86.0.1"), *IpAddress::parse("fd00::1")},
                              {*IpAddress::parse("10.86.0.1")}};
    const auto v4 = IpAddress::Family::V4;
    const auto rules = policyRules(options, {}, routes, v4);
    QCOMPARE(clientRouteBatch(options, routes, v4, rules, {}),
             std::string("route replace unreachable default metric 4294967294 table 77\n"
                         "rule add pref 2920 not fwmark 0x00001234 table 77 protocol 72\n"
                         "rule add pref 2921 fwmark 0x00001234 uidrange 1-4294967294 table 77 "
                         "protocol 72\n"
                         "route replace default dev higgs0 scope global table 77\n"));
    // No address in the tunnel: nowhere, never the bare line.
    const auto v6 = IpAddress::Family::V6;
    QCOMPARE(clientRouteBatch(options, routes, v6, policyRules(options, {}, routes, v6), {}),
             std::string("route replace unreachable default metric 4294967294 table 77\n"
                         "rule add pref 2920 not fwmark 0x00001234 table 77 protocol 72\n"
                         "rule add pref 2921 fwmark 0x00001234 uidrange 1-4294967294 table 77 "
                         "protocol 72\n"));
    // The mark is the daemon's, and that of the kernel's own look-ups (user 0).
    ClientNetworkOptions service = options;
    service.uid = 990;
    const std::string ranged =
        clientRouteBatch(service, routes, v6, policyRules(service, {}, routes, v6), {});
    QVERIFY(contains(ranged, "fwmark 0x00001234 uidrange 1-989 table 77 protocol 72\n"));
    QVERIFY(contains(ranged, "fwmark 0x00001234 uidrange 991-4294967294 table 77 protocol 72\n"));
    const auto open = policyRules(options, {true, {}}, routes, v4);
    const std::string lan = clientRouteBatch(options, routes, v4, open, {});
    // Names and the exit's STUN go inside whatever the LAN is, and nothing else of those hosts'.
    QVERIFY(contains(lan, "rule add pref 2900 to 10.86.0.1/32 ipproto 17 dport 3478 table 77 "
                          "protocol 72\n"));
    QVERIFY(contains(lan, "rule add pref 2900 to 10.86.0.1/32 ipproto 6 dport 53 table 77 "
                          "protocol 72\n"));
    QVERIFY(contains(lan, "rule add pref 2910 to 10.0.0.0/8 table main suppress_prefixlength 0 "
                          "protocol 72\n"));
    QCOMPARE(std::count_if(open.begin(), open.end(),
                           [](const PolicyRule &rule) { return rule.priority == 2900; }),
             3);

    // What stands already is not touched; what is new comes before what is old goes.
    QVERIFY(!contains(clientRouteBatch(options, routes, v4, open, open), "rule"));
    const auto moved = policyRules(options, {}, routes, v4, placesBefore(2919));
    QCOMPARE(clientRouteBatch(options, routes, v4, moved, rules),
             std::string("route replace unreachable default metric 4294967294 table 77\n"
                         "rule add pref 2899 not fwmark 0x00001234 table 77 protocol 72\n"
                         "rule add pref 2900 fwmark 0x00001234 uidrange 1-4294967294 table 77 "
                         "protocol 72\n"
                         "route replace default dev higgs0 scope global table 77\n"
                         "rule delete pref 2920 not fwmark 0x00001234 table 77 protocol 72\n"
                         "rule delete pref 2921 fwmark 0x00001234 uidrange 1-4294967294 table 77 "
                         "protocol 72\n"));
    QVERIFY(areSame(open, {open.rbegin(), open.rend()}));
    QVERIFY(!areSame(open, rules));
}

void PolicyRulesTest::places()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const TunnelRoutes routes;
    // Before everybody else's, with room for what comes without a priority.
    QVERIFY(placesBefore({}) == RulePlaces());
    QVERIFY(placesBefore(32766) == RulePlaces());
    QVERIFY(placesBefore(2919) == (RulePlaces{2869, 2879, 2889, 2899}));
    QVERIFY(placesBefore(2920) == (RulePlaces{2870, 2880, 2890, 2900}));
    // All five are before it, the one after the tunnel's too.
    QVERIFY(placesBefore(30) == (RulePlaces{25, 26, 27, 28}));
    QVERIFY(placesBefore(5) == (RulePlaces{1, 2, 3, 4}));
    QVERIFY(placesBefore(0) == (RulePlaces{1, 2, 3, 4}));

    // Where the kernel's rule of the local table was moved behind ours, one of our own is before.
    const RuleOwner owner{options.excludeMark, 77};
    const auto local = [](std::uint32_t priority, const char *protocol) {
        PolicyRule rule;
        rule.priority = priority;
        rule.table = "local";
        rule.protocol = protocol;
        return rule;
    };
    QVERIFY(placesAmong({local(0, "")}, owner) == RulePlaces());
    QVERIFY(placesAmong({local(2000, "")}, owner) == RulePlaces());
    const RulePlaces behind = placesAmong({local(32765, "")}, owner);
    QVERIFY(behind.local == 2889U && behind.exclude == 2890);
    QVERIFY(placesHold(behind, {local(32765, "")}, owner));
    QVERIFY(!placesHold(RulePlaces(), {local(32765, "")}, owner));
    const auto own = policyRules(options, {}, routes, IpAddress::Family::V4, behind);
    QVERIFY(own.front() == local(2889, "72") && isOurs(own.front(), owner));
    QVERIFY(!isOurs(local(0, ""), owner));
    QVERIFY(placesAmong({local(2889, "72"), local(32765, "")}, owner) == behind);
}

QTEST_GUILESS_MAIN(PolicyRulesTest)
#include "policy_rules_test.moc"
