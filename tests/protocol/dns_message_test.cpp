// SPDX-License-Identifier: GPL-3.0-or-later
// The DNS codec: questions as RFC 1035 has them, and answers of servers that may be anybody.
#include "shared/protocol/dns_message.h"

#include <QTest>

using namespace higgs;
using namespace higgs::protocol;
using Family = IpAddress::Family;

namespace {

constexpr std::uint16_t Id = 0x1234;

Bytes hex(std::string_view text)
{
    std::string packed;
    for (const char c : text) {
        if (c != ' ')
            packed += c;
    }
    return *fromHex(packed);
}

// "ab.cd": type A, class IN.
const std::string Asked = "02 6162 02 6364 00 0001 0001";
const std::string Record = "c00c 0001 0001 00000005 0004 c0000201";
const std::string Alias = "c00c 0005 0001 00000005 0004 01 78 c00c";

Result<DnsAnswer> answered(const std::string &text)
{
    return decodeDnsAnswer(hex(text), *dnsQuestion(Id, "ab.cd", Family::V4));
}

} // namespace

class DnsMessageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void questions()
    {
        QVERIFY(*dnsQuestion(Id, "ab.cd", Family::V4) ==
                hex("1234 0100 0001 0000 0000 0000" + Asked));
        QVERIFY(*dnsQuestion(Id, "ab.cd.", Family::V4) == *dnsQuestion(Id, "ab.cd", Family::V4));
        QVERIFY(dnsQuestion(Id, "x", Family::V6)->at(12 + 3 + 1) == 28);
        for (const std::string &wrong :
             {std::string(), std::string("."), std::string("a..b"), std::string(".a"),
              std::string(64, 'a'), std::string(300, 'a')})
            QVERIFY2(!dnsQuestion(Id, wrong, Family::V4), wrong.c_str());
        QVERIFY(dnsQuestion(Id, std::string(63, 'a') + ".b", Family::V4));
    }

    void answers()
    {
        const auto one = answered("1234 8180 0001 0001 0000 0000" + Asked + Record);
        QVERIFY(one);
        QVERIFY(one->verdict == DnsAnswer::Verdict::Answered);
        QVERIFY(one->addresses == std::vector{*IpAddress::parse("192.0.2.1")});
        const auto alias = answered("1234 8180 0001 0002 0000 0000" + Asked + Alias + Record);
        QVERIFY(alias && alias->addresses.size() == 1);
        const auto none = answered("1234 8180 0001 0000 0000 0000" + Asked);
        QVERIFY(none && none->verdict == DnsAnswer::Verdict::Answered && none->addresses.empty());
        const auto missing = answered("1234 8183 0001 0000 0000 0000" + Asked);
        QVERIFY(missing && missing->verdict == DnsAnswer::Verdict::NoSuchName);
        const auto refused = answered("1234 8185 0000 0000 0000 0000");
        QVERIFY(refused && refused->verdict == DnsAnswer::Verdict::CannotAnswer);
        // 0x20: a server may repeat the question in its own letters.
        QVERIFY(answered("1234 8180 0001 0001 0000 0000 02 4162 02 6344 00 0001 0001" + Record));
    }

    void whatIsNoAnswerIsDropped()
    {
        const std::string whole = "1234 8180 0001 0001 0000 0000" + Asked + Record;
        for (const std::string &wrong :
             {std::string("1235 8180 0001 0001 0000 0000") + Asked + Record, // another id
              std::string("1234 0100 0001 0000 0000 0000") + Asked,          // a question
              std::string("1234 8180 0001 0001 0000 0000 02 6162 02 6365 00 0001 0001") + Record,
              std::string("1234 8180 0000 0000 0000 0000"),
              std::string("1234 8180 0001 0001 0000 0000") + Asked +
                  "c00c 0001 0001 00000005 0003 c00002",
              std::string("1234 8180 0001 0001 0000 0000") + Asked +
                  "80 00 0001 0001 00000005 0004 c0000201"})
            QVERIFY2(!answered(wrong), wrong.c_str());
        const Bytes message = hex(whole);
        const Bytes question = *dnsQuestion(Id, "ab.cd", Family::V4);
        for (std::size_t size = 0; size < message.size(); ++size) {
            const auto cut = decodeDnsAnswer(ByteSpan(message).first(size), question);
            QVERIFY(!cut || cut->addresses.empty());
        }
        QVERIFY(!decodeDnsAnswer(message, {}));
    }
};

QTEST_GUILESS_MAIN(DnsMessageTest)
#include "dns_message_test.moc"
