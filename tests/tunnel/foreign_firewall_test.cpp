// SPDX-License-Identifier: GPL-3.0-or-later
// What is read of the machine's other firewalls, and what the owner is told to enter.
#include "shared/tunnel/foreign_firewall.h"

#include <QTest>

using namespace higgs;

namespace {

std::string chain(const char *table, const char *hook, const char *policy)
{
    return std::string(R"({"chain":{"family":"inet","table":")") + table +
           R"(","name":"c","type":"filter","hook":")" + hook + R"(","prio":0,"policy":")" + policy +
           R"("}})";
}

std::string rule(const char *table, const char *statement)
{
    return std::string(R"({"rule":{"family":"inet","table":")") + table +
           R"(","chain":"c","handle":4,"expr":[{"match":{}},{")" + statement + R"(":null}]}})";
}

std::string ruleset(const std::vector<std::string> &entries)
{
    std::string text;
    for (const std::string &each : entries)
        text += (text.empty() ? R"({"nftables":[)" : ",") + each;
    return text + "]}";
}

} // namespace

class ForeignFirewallTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void forwardIsAnObstacle()
    {
        const std::string text = ruleset({chain("own", "forward", "accept"), rule("own", "drop")});
        const auto found = parseObstacles(text);
        QCOMPARE(found.size(), 1U);
        QCOMPARE(found[0].table, std::string("own"));
        QVERIFY(remedyFor(found, "hgnode0", "eth0").find("nft insert rule inet own c") !=
                std::string::npos);
        QVERIFY(parseSuspects(text).empty()); // named already
    }

    void ufwIsToldOfBothHooks()
    {
        const std::string text =
            ruleset({chain("own", "forward", "drop"), chain("own", "input", "drop"),
                     R"({"chain":{"family":"inet","table":"own","name":"ufw-user-forward"}})"});
        const std::string remedy = remedyFor(parseObstacles(text), "hgnode0", "eth0");
        for (const char *command : {"ufw route allow in on hgnode0 out on eth0",
                                    "ufw allow in on hgnode0 to any port 3478 proto udp",
                                    "ufw allow in on hgnode0c to any port 3478 proto udp"})
            QVERIFY2(remedy.find(command) != std::string::npos, remedy.c_str());
    }

    void elsewhereItIsASuspect()
    {
        for (const char *hook : {"input", "postrouting", "prerouting"}) {
            for (const char *statement : {"drop", "reject", "notrack"}) {
                const std::string text =
                    ruleset({chain("own", hook, "accept"), rule("own", statement)});
                QVERIFY(parseObstacles(text).empty());
                QCOMPARE(remedyFor(parseSuspects(text)),
                         std::string("look at what it loses: 'nft list table inet own'"));
            }
            QCOMPARE(parseSuspects(ruleset({chain("own", hook, "drop")})).size(), 1U);
        }
    }

    void whatPassesIsNone()
    {
        const std::string text = ruleset({chain("own", "input", "accept"), rule("own", "accept"),
                                          rule("higgs_node", "drop"), rule("odd name;", "drop")});
        QVERIFY(parseSuspects(text).empty());
        QCOMPARE(remedyFor(parseSuspects(text)), std::string());
    }

    void anOddNameHidesNothing()
    {
        const std::string odd = rule("caf\xe9", "drop"); // not UTF-8
        const std::string text =
            ruleset({odd, chain("own", "forward", "accept"), rule("own", "drop")});
        QCOMPARE(parseObstacles(text).size(), 1U);
        QVERIFY(parseSuspects(ruleset({odd, rule("two", "drop")})).size() == 1);
    }

    void anyTextIsRead()
    {
        const std::string whole =
            ruleset({chain("own", "forward", "drop"), rule("own", "drop"), rule("two", "notrack")});
        for (std::size_t size = 0; size < whole.size(); ++size) {
            QVERIFY(parseSuspects(whole.substr(0, size)).empty());
            QVERIFY(parseObstacles(whole.substr(0, size)).empty());
        }
        for (std::size_t i = 0; i < whole.size(); ++i) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 0x11);
            QVERIFY(parseSuspects(changed).size() <= 3);
        }
        QVERIFY(parseSuspects(R"({"nftables":[{"rule":[]},{"rule":{"expr":{}}},7]})").empty());
    }
};

QTEST_APPLESS_MAIN(ForeignFirewallTest)
#include "foreign_firewall_test.moc"
