// SPDX-License-Identifier: GPL-3.0-or-later
// TURN URLs, credentials of the API's answers, ChannelData and its stream, and the keys of
// long-term credentials.
#include "shared/crypto/long_term_key.h"
#include "shared/protocol/stun.h"
#include "shared/turn/channel_message.h"
#include "shared/turn/turn_grant.h"

#include <QTest>

using namespace higgs;

class TurnWireTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keys()
    {
        const SecretText password(std::string("pass"));
        QCOMPARE(toHex(longTermKeyMd5("user", "realm", password).bytes()), // RFC 8489, 9.2.2
                 std::string("8493fbc53ba582fb4c044c456bdc40eb"));
        QCOMPARE(toHex(longTermKeySha256("user", "realm", password).bytes()),
                 std::string("07e934117abd40836e7c6329b54731b2b2d2a5f9a71f544922d75e0730d8251b"));
    }

    void urls_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected"); ///< "transport host port"
        const auto row = [](const char *text, const char *expected) {
            QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(expected);
        };
        row("turn:example.org", "udp example.org 3478"); // RFC 7065, appendix B
        row("turns:example.org", "tls example.org 5349");
        row("turn:example.org:8000", "udp example.org 8000");
        row("turn:example.org?transport=udp", "udp example.org 3478");
        row("turn:example.org?transport=tcp", "tcp example.org 3478");
        row("turns:example.org?transport=tcp", "tls example.org 5349");
        row("TURN:192.0.2.1:3478?Transport=UDP", "udp 192.0.2.1 3478");
        row("turn:[2001:db8::1]:3478?transport=tcp", "tcp 2001:db8::1 3478");
        row("turns:[2001:db8::1]", "tls 2001:db8::1 5349");
        for (const char *bad : {"",
                                "turn",
                                "turn:",
                                "turn:?transport=udp",
                                "turn://example.org",
                                "stun:example.org",
                                "turnx:example.org",
                                "turn:example.org:",
                                "turn:example.org:0",
                                "turn:example.org:65536",
                                "turn:example.org:12x",
                                "turn:example.org: 1",
                                "turn:example.org:-1",
                                "turn:user@example.org",
                                "turn:exa mple.org",
                                "turn:[::1",
                                "turn:[192.0.2.1]",
                                "turn:[]",
                                "turn:[::1]x",
                                "turn:::1",
                                "turn:example.org?",
                                "turn:example.org?transport=",
                                "turn:example.org?transport=sctp",
                                "turns:example.org?transport=udp",
                                "turn:example.org?a=b",
                                "turn:-a",
                                "turn:.a",
                                "turn:example.org#x",
                                "turn:example.org/x"})
            row(bad, "");
    }

    void urls()
    {
        QFETCH(const QString, text);
        QFETCH(const QString, expected);
        const auto url = parseTurnUrl(text.toStdString());
        QCOMPARE(url.has_value(), !expected.isEmpty());
        if (url)
            QCOMPARE(std::string(toString(url->transport)) + ' ' + url->host + ' ' +
                         std::to_string(url->port),
                     expected.toStdString());
    }

    void urlsAreBounded()
    {
        QVERIFY(!parseTurnUrl("turn:" + std::string(254, 'a')));
        QVERIFY(parseTurnUrl("turn:" + std::string(253, 'a')));
        QVERIFY(!parseTurnUrl(std::string(100000, 't')));
        QVERIFY(!parseTurnUrl(std::string_view("turn:a\0b", 8)));
    }

    void grants()
    {
        const Monotonic now{std::chrono::hours(1)};
        const auto json = protocol::Json::parse(R"({"iceServers":[
            {"urls":"stun:example.org:3478"},
            {"urls":["turns:example.org:443?transport=tcp","turn:example.org:3478?transport=tcp",
                     "turn:example.org:3478?transport=udp","turn:broken:0","other:x"],
             "username":"1:a","credential":"secret"}]})");
        const auto answer = protocol::decodeIceServersResponse(json);
        QVERIFY(answer);
        const auto grant = grantFrom(*answer, now);
        QVERIFY(grant);
        QCOMPARE(grant->urls.size(), std::size_t(3));
        QVERIFY(grant->urls[0].transport == TurnTransport::Udp);
        QCOMPARE(grant->urls[2].port, std::uint16_t(443));
        QCOMPARE(grant->username, std::string("1:a"));
        QCOMPARE(grant->password.reveal(), std::string_view("secret"));
        QVERIFY(grant->isValid(now) && !grant->shouldRenew(now));
        QVERIFY(grant->shouldRenew(now + Seconds(2700)) && grant->isValid(now + Seconds(3599)));
        QVERIFY(!grant->isValid(now + Seconds(3600)));
        QVERIFY(!grantFrom(protocol::IceServersResponse(), now));
    }

    void grantsOfServers()
    {
        const Monotonic now{std::chrono::hours(1)};
        protocol::TurnServersResponse answer;
        answer.servers.push_back(
            {"example.org", 3478, "r", "1:a", SecretText(std::string("s")), Seconds(600)});
        const auto grant = grantFrom(answer, now);
        QVERIFY(grant);
        QCOMPARE(grant->urls.size(), std::size_t(2));
        QVERIFY(grant->shouldRenew(now + Seconds(450)) && !grant->isValid(now + Seconds(600)));
        answer.servers.front().ttl = Seconds(0);
        QVERIFY(!grantFrom(answer, now));
    }

    void channelMessages()
    {
        Bytes bytes;
        appendChannelMessage(bytes, 0x4001, asBytes("abcde"), true);
        QCOMPARE(toHex(bytes), std::string("400100056162636465000000"));
        const auto message = decodeChannelMessage(bytes);
        QVERIFY(message);
        QCOMPARE(message->channel, std::uint16_t(0x4001));
        QCOMPARE(asText(message->data), std::string_view("abcde"));
        for (std::size_t size = 0; size < 9; ++size)
            QVERIFY(!decodeChannelMessage(ByteSpan(bytes).first(size)));
        for (const int first : {0x00, 0x3f, 0x50, 0x80, 0xff}) {
            bytes[0] = static_cast<std::uint8_t>(first);
            QVERIFY(!decodeChannelMessage(bytes));
        }
    }

    void streams_data()
    {
        QTest::addColumn<int>("piece");
        for (const int piece : {1, 2, 3, 5, 7, 64, 100000})
            QTest::addRow("%d", piece) << piece;
    }

    void streams()
    {
        QFETCH(const int, piece);
        const Bytes stun = protocol::encodeStun(protocol::StunMessage());
        Bytes all = stun;
        appendChannelMessage(all, 0x4000, asBytes("abcde"), true);
        appendChannelMessage(all, 0x4fff, {}, true);
        all.insert(all.end(), stun.begin(), stun.end());
        TurnStream stream;
        std::vector<std::string> frames;
        for (std::size_t at = 0; at < all.size(); at += static_cast<std::size_t>(piece)) {
            const std::size_t left = all.size() - at;
            stream.append(
                ByteSpan(all).subspan(at, std::min(left, static_cast<std::size_t>(piece))));
            for (const ByteSpan &frame : stream.all())
                frames.push_back(toHex(frame));
        }
        QVERIFY(!stream.isBroken());
        QCOMPARE(stream.kept(), std::size_t(0));
        QCOMPARE(frames, (std::vector<std::string>{toHex(stun), "400000056162636465", "4fff0000",
                                                   toHex(stun)}));
    }

    void brokenStreams()
    {
        for (const char *each :
             {"80000000", "50000000", "00010002", "00017000", "48545450", "ffffffff"}) {
            TurnStream stream;
            stream.append(*fromHex(each));
            const bool http = std::string_view(each) == "48545450"; // a channel's number, and long
            QVERIFY(!stream.next());
            QCOMPARE(stream.isBroken(), !http);
        }
    }
};

QTEST_GUILESS_MAIN(TurnWireTest)
#include "turn_wire_test.moc"
