// SPDX-License-Identifier: GPL-3.0-or-later
// What nft says of the sets that the kernel fills for us, cut off and bent at every place, too.
#include "shared/tunnel/exit_attack.h"
#include "shared/tunnel/exit_fuse.h"

#include <QTest>

using namespace higgs;

namespace {

const std::string Reached =
    R"({"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},)"
    R"( {"table": {"family": "inet", "name": "higgs_canary", "handle": 2}},)"
    R"( {"set": {"family": "inet", "name": "reached4", "table": "higgs_canary", "handle": 1,)"
    R"( "type": ["ipv4_addr", "inet_proto", "inet_service"], "size": 4096,)"
    R"( "elem": [{"concat": ["10.86.0.1", 17, 3478]},)"
    R"( {"elem": {"val": {"concat": ["1.1.1.1", 6, 443]}, "expires": 5}}]}},)"
    R"( {"set": {"family": "inet", "name": "reached6", "table": "higgs_canary", "handle": 2,)"
    R"( "type": ["ipv6_addr", "inet_proto", "inet_service"], "size": 4096,)"
    R"( "elem": [{"concat": ["2606:4700:4700::1111", 58, 61234]}]}}]})";

const std::string Cut =
    R"({"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},)"
    R"( {"set": {"family": "inet", "name": "cut4", "table": "higgs_fuse", "type": "ipv4_addr",)"
    R"( "handle": 1, "flags": ["timeout"], "elem": [)"
    R"({"elem": {"val": "10.86.0.2", "timeout": 60, "expires": 59}}, "10.86.0.3"]}}]})";

std::string withElement(const std::string &element)
{
    return R"({"nftables": [{"set": {"elem": [{"concat": ["1.1.1.1", 6, 443]}, )" + element +
           "]}}]}";
}

template <typename Decode>
void bend(const std::string &valid, Decode decode)
{
    for (std::size_t length = 0; length < valid.size(); ++length)
        decode(std::string(valid, 0, length)); // its own allocation, for the sanitizers
    for (std::size_t bit = 0; bit < valid.size() * 8; ++bit) {
        std::string bent = valid;
        bent[bit / 8] =
            static_cast<char>(static_cast<unsigned char>(bent[bit / 8]) ^ 1U << bit % 8);
        decode(bent);
    }
}

} // namespace

class NftAnswerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reached();
    void notUnderstood_data();
    void notUnderstood();
    void cut();
    void isTotal();
};

void NftAnswerTest::reached()
{
    const auto found = parseReached(Reached);
    QVERIFY(found);
    const ReachedSet expected{{*IpAddress::parse("10.86.0.1"), UdpProtocol, 3478},
                              {*IpAddress::parse("1.1.1.1"), TcpProtocol, 443},
                              {*IpAddress::parse("2606:4700:4700::1111"), Icmp6Protocol, 0}};
    QVERIFY(*found == expected);
    QVERIFY(parseReached(R"({"nftables": []})")->empty());
    QCOMPARE(parseReached(withElement(R"({"concat": ["1.1.1.1", "udp", 443]})"))->size(),
             std::size_t{2});
}

void NftAnswerTest::notUnderstood_data()
{
    QTest::addColumn<QString>("element");
    // It may be what was reached: passed over, it would count as held.
    for (const char *element :
         {"5", R"("1.1.1.1")", R"({"concat": ["1.1.1.0/24", 6, 443]})",
          R"({"concat": [{"prefix": {"addr": "1.1.1.0", "len": 24}}, 6, 443]})",
          R"({"concat": ["1.1.1.1", "carp", 443]})", R"({"concat": ["1.1.1.1", 262, 443]})",
          R"({"concat": ["1.1.1.1", 6, 65979]})", R"({"concat": ["1.1.1.1", 6, 1e300]})",
          R"({"concat": ["1.1.1.1", 6, -1]})", R"({"concat": ["1.1.1.1", 6]})"})
        QTest::newRow(element) << QString::fromLatin1(element);
}

void NftAnswerTest::notUnderstood()
{
    QFETCH(const QString, element);
    QVERIFY(!parseReached(withElement(element.toStdString())));
}

void NftAnswerTest::cut()
{
    const std::vector<IpAddress> expected{*IpAddress::parse("10.86.0.2"),
                                          *IpAddress::parse("10.86.0.3")};
    QVERIFY(parseCutGuests(Cut) == expected);
    QVERIFY(parseCutGuests("").empty());
}

void NftAnswerTest::isTotal()
{
    bend(Reached, [](const std::string &text) { static_cast<void>(parseReached(text)); });
    bend(Cut, [](const std::string &text) { static_cast<void>(parseCutGuests(text)); });
}

QTEST_GUILESS_MAIN(NftAnswerTest)
#include "nft_answer_test.moc"
