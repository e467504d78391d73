// SPDX-License-Identifier: GPL-3.0-or-later
// The WebSocket codec against RFC 6455's examples and rules, whole and byte by byte.
#include "shared/protocol/message_deflate.h"
#include "shared/protocol/websocket.h"

#include <QTest>
#include <random>

using namespace higgs;
using namespace higgs::protocol;

namespace {

constexpr WsMaskKey Key{0x37, 0xFA, 0x21, 0x3D};

struct Seen
{
    WsEvent::Kind kind;
    std::string payload;
    std::uint16_t code;

    friend bool operator==(const Seen &, const Seen &) = default;
};

std::vector<Seen> decode(ByteSpan stream, const WsDecoderOptions &options, std::size_t step)
{
    WebSocketDecoder decoder(options);
    std::vector<Seen> seen;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        const ByteSpan part = stream.subspan(at, std::min(step, stream.size() - at));
        Bytes own(part.begin(), part.end());
        decoder.feed(own);
        while (const auto event = decoder.next())
            seen.push_back({event->kind, std::string(event->text()), event->code});
    }
    return seen;
}

/// The same at any split, or the test fails.
std::vector<Seen> decodeAll(ByteSpan stream, const WsDecoderOptions &options = {})
{
    const std::vector<Seen> whole = decode(stream, options, stream.size() + 1);
    for (const std::size_t step : {1U, 2U, 3U, 7U, 64U}) {
        if (stream.size() / step < 20'000 && decode(stream, options, step) != whole)
            return {{WsEvent::Kind::Failed, "differs when split", 0}};
    }
    return whole;
}

Bytes frame(WsOpcode opcode, ByteSpan payload, bool fin = true, bool compressed = false)
{
    Bytes out;
    appendFrame(out, {.opcode = opcode, .fin = fin, .compressed = compressed, .mask = Key},
                payload);
    return out;
}

Bytes frame(WsOpcode opcode, std::string_view payload, bool fin = true)
{
    return frame(opcode, asBytes(payload), fin);
}

Bytes join(std::initializer_list<Bytes> parts)
{
    Bytes out;
    for (const Bytes &part : parts)
        out.insert(out.end(), part.begin(), part.end());
    return out;
}

WsDecoderOptions asClient()
{
    return {.role = WsDecoderOptions::Role::Client};
}

WsDecoderOptions withDeflate()
{
    return {.deflate = true};
}

Seen text(std::string payload)
{
    return {WsEvent::Kind::Text, std::move(payload), 0};
}

Bytes closeFrame(ByteSpan payload)
{
    return frame(WsOpcode::Close, payload);
}

/// The code that the stream is failed with; 0 if it is not.
std::uint16_t failure(const std::vector<Seen> &seen)
{
    return !seen.empty() && seen.back().kind == WsEvent::Kind::Failed ? seen.back().code : 0;
}

Bytes compressed(std::string_view message, int windowBits = 15)
{
    Bytes out;
    return deflateMessage(asBytes(message), windowBits, out) ? out : Bytes();
}

} // namespace

class WebSocketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // RFC 6455 section 5.7.
    void examplesOfTheRfc()
    {
        using K = WsEvent::Kind;
        const Bytes hello{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f};
        QVERIFY(decodeAll(hello, asClient()) == std::vector<Seen>{text("Hello")});
        const Bytes masked{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
        QVERIFY(decodeAll(masked) == std::vector<Seen>{text("Hello")});
        QVERIFY(frame(WsOpcode::Text, "Hello") == masked);
        const Bytes fragments{0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f};
        QVERIFY(decodeAll(fragments, asClient()) == std::vector<Seen>{text("Hello")});
        const Bytes ping{0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f};
        QVERIFY((decodeAll(ping, asClient()) == std::vector<Seen>{{K::Ping, "Hello", 0}}));
        const Bytes pong{0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
        QVERIFY((decodeAll(pong) == std::vector<Seen>{{K::Pong, "Hello", 0}}));
        Bytes out;
        appendFrame(out, {.opcode = WsOpcode::Binary}, Bytes(256));
        QVERIFY(std::equal(out.begin(), out.begin() + 4, Bytes{0x82, 0x7E, 0x01, 0x00}.begin()));
        out.clear();
        appendFrame(out, {.opcode = WsOpcode::Binary}, Bytes(65536));
        QVERIFY(std::equal(out.begin(), out.begin() + 10,
                           Bytes{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}.begin()));
    }

    // RFC 7692 section 7.2.3.
    void examplesOfDeflate()
    {
        const Bytes fixed{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00};
        QVERIFY(compressed("Hello") == fixed);
        const std::vector<Bytes> spellings{
            fixed,
            {0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00}, // stored
            {0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00},                   // final block
            {0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00},
        };
        for (const Bytes &spelling : spellings) {
            const Bytes stream = frame(WsOpcode::Text, spelling, true, true);
            QVERIFY(decodeAll(stream, withDeflate()) == std::vector<Seen>{text("Hello")});
        }
        const Bytes split = join({frame(WsOpcode::Text, ByteSpan(fixed).first(3), false, true),
                                  frame(WsOpcode::Continuation, ByteSpan(fixed).subspan(3))});
        QVERIFY(decodeAll(split, withDeflate()) == std::vector<Seen>{text("Hello")});
    }

    /// What costs work is announced and can wait; the rest of the bytes is fed again later.
    void costlyMessagesCanWait()
    {
        using K = WsEvent::Kind;
        WsDecoderOptions options = withDeflate();
        options.announceCostly = true;
        const Bytes squeezed = compressed("squeezed");
        const Bytes stream = join({frame(WsOpcode::Text, "one"), frame(WsOpcode::Binary, "b"),
                                   frame(WsOpcode::Text, "t", false), frame(WsOpcode::Ping, "p"),
                                   frame(WsOpcode::Continuation, "wo"),
                                   frame(WsOpcode::Binary, squeezed, true, true),
                                   frame(WsOpcode::Text, squeezed, true, true)});
        const std::vector<Seen> expected{
            {K::Costly, "", 0}, text("one"),      {K::Binary, "b", 0}, {K::Ping, "p", 0},
            {K::Costly, "", 0}, text("two"),      {K::Costly, "", 0},  {K::Binary, "squeezed", 0},
            {K::Costly, "", 0}, text("squeezed"),
        };
        QVERIFY(decodeAll(stream, options) == expected);
        // With a stop at each.
        WebSocketDecoder decoder(options);
        std::vector<Seen> seen;
        Bytes rest = stream;
        decoder.feed(rest);
        while (const auto event = decoder.next()) {
            seen.push_back({event->kind, std::string(event->text()), event->code});
            if (event->kind != K::Costly)
                continue;
            const MutableByteSpan left = decoder.takeInput();
            rest = Bytes(left.begin(), left.end());
            decoder.feed(rest);
        }
        QVERIFY(seen == expected);
    }

    void skippedMessagesCostNothing()
    {
        using K = WsEvent::Kind;
        WebSocketDecoder decoder(withDeflate());
        Bytes stream =
            join({frame(WsOpcode::Text, "t", false), frame(WsOpcode::Ping, "p"),
                  frame(WsOpcode::Continuation, std::string(1000, '\xff')),
                  frame(WsOpcode::Binary, Bytes(60'000)), frame(WsOpcode::Text, "no deflate", true),
                  closeFrame(closePayload(1000, ""))});
        std::vector<Seen> seen;
        decoder.skipMessages();
        decoder.feed(stream);
        while (const auto event = decoder.next()) {
            seen.push_back({event->kind, std::string(event->text()), event->code});
            QCOMPARE(decoder.buffered(), std::size_t(0));
        }
        QVERIFY((seen == std::vector<Seen>{{K::Ping, "p", 0}, {K::Close, "", 1000}}));
    }

    void lengthBoundaries_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 125, 126, 127, 1452, 65534, 65535})
            QTest::addRow("%d", size) << size;
    }

    void lengthBoundaries()
    {
        QFETCH(int, size);
        std::string payload(static_cast<std::size_t>(size), '\0');
        for (std::size_t i = 0; i < payload.size(); ++i)
            payload[i] = static_cast<char>(i * 7);
        const Bytes stream = frame(WsOpcode::Binary, payload);
        QCOMPARE(stream.size(), headerSize(payload.size(), true) + payload.size());
        QVERIFY((decodeAll(stream) == std::vector<Seen>{{WsEvent::Kind::Binary, payload, 0}}));
    }

    void limits()
    {
        QCOMPARE(failure(decodeAll(frame(WsOpcode::Binary, std::string(65536, 'x')))), 1009);
        QCOMPARE(failure(decodeAll(frame(WsOpcode::Text, std::string(131072, 'x')))), 0);
        QCOMPARE(failure(decodeAll(frame(WsOpcode::Text, std::string(131073, 'x')))), 1009);
        // In fragments, and at the header already.
        const Bytes half = frame(WsOpcode::Binary, std::string(40'000, 'x'), false);
        Bytes more = frame(WsOpcode::Continuation, std::string(25'535, 'y'));
        QCOMPARE(failure(decodeAll(join({half, more}))), 0);
        more = frame(WsOpcode::Continuation, std::string(25'536, 'y'));
        more.resize(14);
        QCOMPARE(failure(decodeAll(join({half, more}))), 1009);
    }

    void controlBetweenFragments()
    {
        using K = WsEvent::Kind;
        const Bytes stream =
            join({frame(WsOpcode::Text, "a", false), frame(WsOpcode::Ping, "1"),
                  frame(WsOpcode::Continuation, "b", false), frame(WsOpcode::Pong, ""),
                  frame(WsOpcode::Continuation, "", false), frame(WsOpcode::Continuation, "c"),
                  frame(WsOpcode::Binary, "d")});
        const std::vector<Seen> expected{
            {K::Ping, "1", 0}, {K::Pong, "", 0}, {K::Text, "abc", 0}, {K::Binary, "d", 0}};
        QVERIFY(decodeAll(stream) == expected);
    }

    void brokenRules_data()
    {
        QTest::addColumn<QByteArray>("header");
        const auto row = [](const char *name, std::initializer_list<int> bytes) {
            QByteArray header;
            for (const int byte : bytes)
                header.append(static_cast<char>(byte));
            QTest::newRow(name) << header;
        };
        for (const int opcode : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF})
            row(qPrintable(QStringLiteral("opcode %1").arg(opcode)), {0x80 | opcode, 0x80});
        row("RSV1", {0xC2, 0x80});
        row("RSV2", {0xA2, 0x80});
        row("RSV3", {0x92, 0x80});
        row("unmasked", {0x82, 0x00});
        row("fragmented ping", {0x09, 0x80});
        row("long ping", {0x89, 0xFE});
        row("long close", {0x88, 0xFF});
        row("nothing to continue", {0x80, 0x80});
        row("nothing to continue, not final", {0x00, 0x80});
        row("16 bits for a short length", {0x82, 0xFE, 0, 125, 0, 0, 0, 0});
        row("64 bits for a short length", {0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0});
        row("64th bit", {0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        row("close of one byte", {0x88, 0x81, 0, 0, 0, 0, 3});
        row("message in a message", {0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80});
    }

    void brokenRules()
    {
        QFETCH(QByteArray, header);
        const std::vector<Seen> seen = decodeAll(
            {reinterpret_cast<const std::uint8_t *>(header.data()), std::size_t(header.size())});
        QCOMPARE(failure(seen), 1002);
        QCOMPARE(seen.size(), std::size_t(1));
    }

    void rolesMask()
    {
        QCOMPARE(failure(decodeAll(frame(WsOpcode::Binary, "x"), asClient())), 1002);
        // RSV1 with deflate: not on a control frame, not on a continuation.
        Bytes ping = frame(WsOpcode::Ping, ByteSpan(), true, true);
        QCOMPARE(failure(decodeAll(ping, withDeflate())), 1002);
        const Bytes stream = join({frame(WsOpcode::Text, "a", false),
                                   frame(WsOpcode::Continuation, asBytes("b"), true, true)});
        QCOMPARE(failure(decodeAll(stream, withDeflate())), 1002);
    }

    void closeCodes()
    {
        for (unsigned code = 0; code <= 0xFFFF; ++code) {
            const bool valid = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                               (code >= 3000 && code <= 4999);
            QCOMPARE(isValidCloseCode(static_cast<std::uint16_t>(code)), valid);
        }
        using K = WsEvent::Kind;
        const auto one = [](std::uint16_t code, std::string_view reason) {
            return decodeAll(closeFrame(closePayload(code, reason)));
        };
        QVERIFY((one(1000, "bye") == std::vector<Seen>{{K::Close, "bye", 1000}}));
        QVERIFY((decodeAll(closeFrame({})) == std::vector<Seen>{{K::Close, "", 1005}}));
        for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
            Bytes payload;
            ByteWriter(payload).u16(static_cast<std::uint16_t>(code));
            QCOMPARE(failure(decodeAll(closeFrame(payload))), 1002);
        }
        QCOMPARE(failure(one(1000, "\xC0\xAF")), 1007);
        QCOMPARE(failure(one(1000, "\xC3")), 1007);
        // Nothing after a close counts.
        const Bytes after = join({closeFrame(closePayload(1000, "")), {0xFF, 0xFF, 0xFF}});
        QCOMPARE(decodeAll(after).size(), std::size_t(1));
    }

    void closeReasonIsCutAtACodePoint()
    {
        std::string reason(122, 'x');
        reason += "\u00e9\u00e9"; // 126 bytes
        const Bytes payload = closePayload(1008, reason);
        QCOMPARE(payload.size(), std::size_t(2 + 122));
        QCOMPARE(closePayload(1008, std::string(123, 'x')).size(), std::size_t(125));
        QVERIFY(closePayload(ws_close::NoStatus, "").empty());
    }

    void utf8_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("valid");
        const auto row = [](const char *name, const char *bytes, bool valid) {
            QTest::newRow(name) << QByteArray(bytes) << valid;
        };
        row("ascii", "Hello, World", true);
        row("kosme", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true);
        row("first 2", "\xc2\x80", true);
        row("last 2", "\xdf\xbf", true);
        row("first 3", "\xe0\xa0\x80", true);
        row("before surrogates", "\xed\x9f\xbf", true);
        row("after surrogates", "\xee\x80\x80", true);
        row("last 3", "\xef\xbf\xbf", true);
        row("first 4", "\xf0\x90\x80\x80", true);
        row("last 4", "\xf4\x8f\xbf\xbf", true);
        row("beyond", "\xf4\x90\x80\x80", false);
        row("surrogate", "\xed\xa0\x80", false);
        row("last surrogate", "\xed\xbf\xbf", false);
        row("overlong 2", "\xc0\xaf", false);
        row("overlong c1", "\xc1\xbf", false);
        row("overlong 3", "\xe0\x9f\xbf", false);
        row("overlong 4", "\xf0\x8f\xbf\xbf", false);
        row("five bytes", "\xf8\x88\x80\x80\x80", false);
        row("fe", "\xfe", false);
        row("ff", "\xff", false);
        row("lone continuation", "\x80", false);
        row("cut 2", "\xc2", false);
        row("cut 3", "\xe1\x80", false);
        row("cut 4", "\xf1\x80\x80", false);
        row("missing continuation", "\xe1\x80x", false);
        row("long, bad at the end", "0123456789abcdef0123456789abcdef\xff", false);
    }

    void utf8()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, valid);
        const std::string message = bytes.toStdString();
        QCOMPARE(failure(decodeAll(frame(WsOpcode::Text, message))), valid ? 0 : 1007);
        // Split into fragments of one byte, inside code points.
        Bytes stream = frame(WsOpcode::Text, "", false);
        for (const char c : message) {
            const Bytes one = frame(WsOpcode::Continuation, std::string(1, c), false);
            stream.insert(stream.end(), one.begin(), one.end());
        }
        const Bytes last = frame(WsOpcode::Continuation, "");
        stream.insert(stream.end(), last.begin(), last.end());
        const std::vector<Seen> seen = decodeAll(stream);
        if (valid)
            QVERIFY(seen == std::vector<Seen>{text(message)});
        else
            QCOMPARE(failure(seen), 1007);
    }

    void utf8FailsAtTheFirstBadByte()
    {
        // A frame that announces 20 bytes and has a bad one early.
        Bytes stream = frame(WsOpcode::Text, "\xf4\x90\x80\x80 and much more");
        stream.resize(6 + 2);
        QCOMPARE(failure(decodeAll(stream)), 1007);
    }

    void holdsNoMemoryBetweenMessages()
    {
        WebSocketDecoder decoder(WsDecoderOptions{});
        Bytes first = frame(WsOpcode::Binary, std::string(60'000, 'x'));
        Bytes head(first.begin(), first.begin() + 30'000);
        Bytes tail(first.begin() + 30'000, first.end());
        decoder.feed(head);
        QVERIFY(!decoder.next());
        QVERIFY(decoder.buffered() > 0);
        decoder.feed(tail);
        const auto event = decoder.next();
        QVERIFY(event && !event->inPlace && event->payload.size() == 60'000);
        QVERIFY(!decoder.next());
        QCOMPARE(decoder.buffered(), std::size_t(0));
    }

    void deflateRoundTrips()
    {
        std::mt19937 random(1);
        for (const int bits : {9, 10, 12, 15}) {
            for (const std::size_t size : {0U, 1U, 100U, 5'000U, 131'072U}) {
                std::string message(size, ' ');
                for (char &c : message)
                    c = static_cast<char>('a' + random() % 20);
                const Bytes packed = compressed(message, bits);
                QVERIFY(!packed.empty());
                Bytes out;
                QVERIFY(inflateMessage(packed, 131'072, out));
                QCOMPARE(std::string(asText(out)), message);
            }
        }
    }

    void deflateBombs()
    {
        const Bytes bomb = compressed(std::string(10'000'000, 'x'));
        QVERIFY(bomb.size() < 131'072);
        const Bytes stream = frame(WsOpcode::Text, bomb, true, true);
        QCOMPARE(failure(decode(stream, withDeflate(), stream.size())), 1009);
        Bytes out;
        QVERIFY(inflateMessage(compressed(std::string(100, 'x')), 100, out));
        out.clear();
        QCOMPARE(inflateMessage(compressed(std::string(101, 'x')), 100, out).error().code,
                 ErrorCode::TooLarge);
        const Bytes binary = compressed(std::string(70'000, 'x'));
        QCOMPARE(failure(decodeAll(frame(WsOpcode::Binary, binary, true, true), withDeflate())),
                 1009);
    }

    void deflateGarbage()
    {
        const Bytes packed = compressed("Hello, this is a text that is long enough to matter");
        for (std::size_t size = 0; size + 1 < packed.size(); ++size) {
            Bytes out;
            const Result<void> done = inflateMessage(ByteSpan(packed).first(size), 1000, out);
            QVERIFY(!done || size == 0);
        }
        const Bytes stream = frame(WsOpcode::Text, Bytes{0xFF, 0xFF, 0xFF}, true, true);
        QCOMPARE(failure(decodeAll(stream, withDeflate())), 1007);
        const Bytes bad = frame(WsOpcode::Text, compressed("\xff"), true, true);
        QCOMPARE(failure(decodeAll(bad, withDeflate())), 1007);
    }

    void anyCutAndAnyFlipIsSurvived()
    {
        const Bytes valid =
            join({frame(WsOpcode::Text, "a\u00e9", false), frame(WsOpcode::Ping, "ping"),
                  frame(WsOpcode::Continuation, "b"),
                  frame(WsOpcode::Text, compressed("Hello Hello Hello"), true, true),
                  frame(WsOpcode::Binary, std::string(300, 'd')),
                  closeFrame(closePayload(1000, "done"))});
        for (std::size_t size = 0; size < valid.size(); ++size) {
            const std::vector<Seen> seen = decodeAll(ByteSpan(valid).first(size), withDeflate());
            QCOMPARE(failure(seen), 0); // cut is not wrong, only unfinished
        }
        for (std::size_t bit = 0; bit < valid.size() * 8; ++bit) {
            Bytes flipped = valid;
            flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            const std::vector<Seen> seen = decode(flipped, withDeflate(), flipped.size());
            for (std::size_t i = 0; i + 1 < seen.size(); ++i)
                QVERIFY(seen[i].kind != WsEvent::Kind::Failed);
        }
    }

    void masksByWordsAsByBytes()
    {
        Bytes bytes(200);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(i);
        for (std::size_t phase = 0; phase < 8; ++phase) {
            for (std::size_t size = 0; size <= 100; ++size) {
                Bytes masked(bytes.begin() + phase, bytes.begin() + phase + size);
                Bytes copied(size);
                copyMasked(masked, copied.data(), Key, phase);
                applyMask(masked, Key, phase);
                QVERIFY(masked == copied);
                for (std::size_t i = 0; i < size; ++i)
                    QCOMPARE(masked[i], bytes[phase + i] ^ Key[(phase + i) % 4]);
            }
        }
    }
};

QTEST_GUILESS_MAIN(WebSocketTest)
#include "websocket_test.moc"
