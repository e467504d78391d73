// SPDX-License-Identifier: GPL-3.0-or-later
// The screen of `boson-server top`: figures, what a hostile name may do to it, and its size.
#include "server/top_text.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;
using protocol::Json;

namespace {

Json overview(std::uint64_t relayed, const std::string &name)
{
    Json told{
        {"version", "1.0"},
        {"publicHost", name},
        {"publicPort", 3000},
        {"standing", "serving"},
        {"storageUp", true},
        {"uptimeSeconds", 3700},
        {"nodes", {{"online", 2}}},
        {"sessions", {{"connected", 3}, {"waiting", 1}}},
        {"relay", {{"clientToNode", relayed}, {"nodeToClient", 2 * relayed}, {"bytes", relayed}}},
        {"cluster", {{"servers", Json::array({Json::object()})}}}};
    Json rows = Json::array();
    for (int i = 0; i < 40; ++i)
        rows.push_back({{"nodeId", name}, {"name", name}, {"country", name}, {"region", name}});
    for (const char *list : {"busiestNodes", "keysInUse", "countries"})
        told[list] = rows;
    return told;
}

std::string joined(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines)
        text += line + '\n';
    return text;
}

} // namespace

class TopTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void figures();
    void hostileNames();
    void fits();
    void anyAnswer();
};

void TopTextTest::figures()
{
    const Throughput flow = throughputOf(overview(1000, "a"), overview(126'000, "a"), Seconds(1));
    QCOMPARE(flow.clientToNode, 1e6);
    QCOMPARE(flow.nodeToClient, 2e6);
    QCOMPARE(throughputOf(overview(9, "a"), overview(1, "a"), Seconds(1)).clientToNode, 0.0);
    QCOMPARE(throughputOf(overview(1, "a"), overview(9, "a"), Milliseconds(0)).clientToNode, 0.0);
    QCOMPARE(rateText(12), std::string("12 bit/s"));
    QCOMPARE(rateText(12'345'678), std::string("12.3 Mbit/s"));
    const std::string text = joined(topLines(overview(5, "host"), flow, {}));
    for (const char *part : {"host:3000", "2 online", "3 connected", "1.0 Mbit/s to nodes",
                             "2.0 Mbit/s to clients", "up 1 h 01 min"})
        QVERIFY2(text.find(part) != std::string::npos, part);
}

void TopTextTest::hostileNames()
{
    const std::string name = "x\033]0;owned\a\n\r\tz\xc2\x9b"
                             "31m\xe2\x80\xae";
    const std::string text = joined(topLines(overview(1, name), {}, ScreenSize{24, 200}));
    for (const char each : {'\033', '\a', '\r', '\t', '\x9b'})
        QVERIFY(text.find(each) == std::string::npos);
    QVERIFY(text.find("\xe2\x80\xae") == std::string::npos);
    QVERIFY(text.find("owned") != std::string::npos); // control: the name is there
}

void TopTextTest::fits()
{
    for (const ScreenSize size : {ScreenSize{24, 80}, ScreenSize{10, 40}, ScreenSize{3, 5},
                                  ScreenSize{1, 1}, ScreenSize{200, 300}}) {
        const auto lines = topLines(overview(1, std::string(100, 'w') + "Привет"), {}, size);
        QVERIFY(lines.size() <= size.rows);
        for (const std::string &line : lines) {
            const auto begins = std::count_if(line.begin(), line.end(), [](char each) {
                return (static_cast<unsigned char>(each) & 0xc0U) != 0x80U;
            });
            QVERIFY(static_cast<std::size_t>(begins) <= size.columns);
        }
    }
}

void TopTextTest::anyAnswer()
{
    for (const char *text : {"{}", "[]", "null", "7", R"({"nodes":[],"relay":"x","countries":{}})",
                             R"({"countries":[1,null,"x"],"cluster":{"servers":7}})"}) {
        const Json answer = Json::parse(text);
        if (!answer.is_object())
            continue; // the line to the server lets nothing else through
        QVERIFY(!topLines(answer, throughputOf(answer, answer, Seconds(1)), {}).empty());
    }
}

QTEST_GUILESS_MAIN(TopTextTest)
#include "top_text_test.moc"
