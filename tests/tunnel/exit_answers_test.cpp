// SPDX-License-Identifier: GPL-3.0-or-later
// Before whom the exit's routing rules stand, and who leads answers to guests away.
#include "shared/tunnel/exit_answers.h"

#include <QTest>

using namespace higgs;

namespace {

const char *const Usual = R"([{"priority":0,"src":"all","table":"local"},
    {"priority":32766,"src":"all","table":"main"},
    {"priority":32767,"src":"all","table":"default"})";

std::vector<PolicyRule> rulesWith(const std::string &more)
{
    return parseRules(Usual + more + "]").value();
}

const IpPrefix &guests()
{
    static const IpPrefix network = *IpPrefix::parse("10.86.0.0/16");
    return network;
}

} // namespace

class ExitAnswersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aNameOfAnyBytes()
    {
        QCOMPARE(parseWayOut("[{\"dev\":\"eth0\",\"prefsrc\":\"caf\xe9\"}]"), std::string("eth0"));
        QCOMPARE(parseWayOut("[{\"dev\":\"caf\xe9\"}]"), std::string("caf?"));
        QCOMPARE(parseWayOut("[{\"dev\":\"eth0\xe9"), std::string());
    }

    void needsNoneBesideNobody();
    void standsBeforeOthers();
    void leavesTheClientsAlone();
    void knowsItsOwn();
    void readsTheWay();
    void readsEveryWay();
};

void ExitAnswersTest::needsNoneBesideNobody()
{
    QVERIFY(answerRules(guests(), rulesWith("")).empty());
    QVERIFY(answersLeader(rulesWith("")).empty());
    // Behind the main table's, which knows the guests; and what is for a VRF only.
    QVERIFY(answerRules(guests(), rulesWith(R"(,{"priority":32800,"src":"all","table":"100"},
        {"priority":1000,"src":"all","table":"l3mdev-table","l3mdev":null})"))
                .empty());
}

void ExitAnswersTest::standsBeforeOthers()
{
    const auto others = rulesWith(R"(,{"priority":220,"src":"all","table":"220"},
        {"priority":100,"src":"all","iif":"eth0","table":"100"})");
    const auto ours = answerRules(guests(), others);
    QCOMPARE(ours.size(), std::size_t{1});
    QCOMPARE(ours.front().priority, 99U);
    QCOMPARE(ours.front().to->toString(), std::string("10.86.0.0/16"));
    QCOMPARE(ours.front().table, std::string("main"));
    QVERIFY(isAnswerRule(ours.front()));
    // As far down as that can be.
    QCOMPARE(answerRules(guests(), rulesWith(R"(,{"priority":0,"src":"all","table":"7"})"))
                 .front()
                 .priority,
             1U);
    // It is told by what `ip rule` shows, and goes on standing there.
    auto after = others;
    after.push_back(ours.front());
    QVERIFY(answerRules(guests(), after) == ours);
    QVERIFY(answersLeader(others).find("priority 220 (table 220)") != std::string::npos);
}

void ExitAnswersTest::leavesTheClientsAlone()
{
    const auto client =
        rulesWith(R"(,{"priority":2920,"not":null,"src":"all","fwmark":"0x4869","table":"51820",
        "protocol":"72"})");
    QVERIFY(answerRules(guests(), client).empty());
    QVERIFY(answersLeader(client).find("HiggsVPN is connected") != std::string::npos);
}

void ExitAnswersTest::knowsItsOwn()
{
    const auto one = [](const char *more) { return rulesWith(more).back(); };
    QVERIFY(isAnswerRule(one(R"(,{"priority":99,"src":"all","dst":"10.86.0.0","dstlen":16,
        "table":"main","protocol":"73"})")));
    QVERIFY(!isAnswerRule(one(R"(,{"priority":99,"src":"all","dst":"10.86.0.0","dstlen":16,
        "table":"main"})")));
    QVERIFY(!isAnswerRule(one(R"(,{"priority":99,"src":"all","table":"main","protocol":"73"})")));
    QVERIFY(!isAnswerRule(one(R"(,{"priority":99,"src":"all","iif":"eth0","dst":"10.86.0.0",
        "dstlen":16,"table":"main","protocol":"73"})")));
}

void ExitAnswersTest::readsTheWay()
{
    QCOMPARE(parseWayOut(R"([{"dst":"10.86.0.2","from":"1.1.1.1","dev":"hgnode0","iif":"eth0"}])"),
             std::string("hgnode0"));
    for (const char *text : {"", "[]", "{}", "[1]", R"([{"type":"unreachable"}])", "[{\"dev\":7}]"})
        QVERIFY(parseWayOut(text).empty());
}

void ExitAnswersTest::readsEveryWay()
{
    using Names = std::vector<std::string>;
    QCOMPARE(parseWaysOut(R"([{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]}])"),
             Names{"eth0"});
    const std::string hops = R"([{"dst":"default","nexthops":[
        {"gateway":"192.0.2.1","dev":"eth0","weight":1,"flags":["linkdown"]},
        {"gateway":"192.0.2.9","dev":"eth0","weight":1,"flags":[]},
        {"gateway":"198.51.100.1","dev":"eth1","weight":1,"flags":)";
    QCOMPARE(parseWaysOut(hops + "[]}]}]"), (Names{"eth0", "eth1"}));
    QCOMPARE(parseWaysOut(hops + R"(["dead","linkdown"]}]}])"), Names{"eth0"});
    for (const char *text :
         {"", "[]", "{}", "[1]", R"([{"dst":"default","nhid":7,"flags":[]}])", "[{\"dev\":7}]",
          R"([{"nexthops":7}])", R"([{"nexthops":[7,{"dev":7,"flags":7},{"flags":[7]}]}])"})
        QVERIFY(parseWaysOut(text).empty());
}

QTEST_GUILESS_MAIN(ExitAnswersTest)
#include "exit_answers_test.moc"
