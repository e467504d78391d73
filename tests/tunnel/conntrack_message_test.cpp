// SPDX-License-Identifier: GPL-3.0-or-later
// Connection tracking's messages. That the kernel understands them is test_guest_change.py's.
#include "shared/tunnel/conntrack_message.h"

#include <QTest>

using namespace higgs;

namespace {

Bytes fromHex(const char *hex)
{
    const QByteArray raw = QByteArray::fromHex(hex);
    return {raw.begin(), raw.end()};
}

// 10.86.0.2:1000 to 203.0.113.9:53 by UDP, ID 7; then the end of the dump.
const Bytes Dump = fromHex("50000000"
                           "0001"
                           "0200"
                           "01000000"
                           "00000000"
                           "02000000" // header, nfgenmsg
                           "3400"
                           "0180"
                           "1400"
                           "0180"
                           "0800"
                           "0100"
                           "0a560002"
                           "0800"
                           "0200"
                           "cb007109"
                           "1c00"
                           "0280"
                           "0500"
                           "0100"
                           "11000000"
                           "0600"
                           "0200"
                           "03e80000"
                           "0600"
                           "0300"
                           "00350000"
                           "0800"
                           "0c00"
                           "00000007"
                           "14000000"
                           "0300"
                           "0200"
                           "01000000"
                           "00000000"
                           "00000000");

} // namespace

class ConntrackMessageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads();
    void deletes();
    void errors();
    void isTotal();
};

void ConntrackMessageTest::reads()
{
    const auto answer = parseConntrackAnswer(Dump);
    QVERIFY(answer);
    QVERIFY(answer->ended && answer->error == 0);
    QCOMPARE(answer->entries.size(), std::size_t{1});
    QCOMPARE(answer->entries.front().source, *IpAddress::parse("10.86.0.2"));
    QCOMPARE(answer->entries.front().key, Bytes(Dump.begin() + 20, Dump.begin() + 80));
}

void ConntrackMessageTest::deletes()
{
    const Bytes message = conntrackDeletion(parseConntrackAnswer(Dump)->entries.front());
    // IPCTNL_MSG_CT_DELETE with REQUEST and ACK, about IPv4.
    QCOMPARE(Bytes(message.begin(), message.begin() + 20),
             fromHex("50000000020105000000000000000000"
                     "02000000"));
    QCOMPARE(Bytes(message.begin() + 20, message.end()),
             Bytes(Dump.begin() + 20, Dump.begin() + 80));
    QCOMPARE(conntrackDump(IpAddress::Family::V6), fromHex("14000000010101030000000000000000"
                                                           "0a000000"));
}

void ConntrackMessageTest::errors()
{
    const auto answer = parseConntrackAnswer(fromHex("14000000"
                                                     "0200"
                                                     "0000"
                                                     "01000000"
                                                     "00000000"
                                                     "ffffffff"));
    QVERIFY(answer && answer->ended);
    QCOMPARE(answer->error, 1); // EPERM
}

void ConntrackMessageTest::isTotal()
{
    for (std::size_t size = 0; size < Dump.size(); ++size)
        static_cast<void>(parseConntrackAnswer(ByteSpan(Dump).first(size)));
    for (std::size_t at = 0; at < Dump.size() * 8; ++at) {
        Bytes bent = Dump;
        bent[at / 8] = static_cast<std::uint8_t>(bent[at / 8] ^ 1U << at % 8);
        static_cast<void>(parseConntrackAnswer(bent));
    }
    QVERIFY(!parseConntrackAnswer(ByteSpan(Dump).first(30)));
}

QTEST_GUILESS_MAIN(ConntrackMessageTest)
#include "conntrack_message_test.moc"
