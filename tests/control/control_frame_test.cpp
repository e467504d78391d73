// SPDX-License-Identifier: GPL-3.0-or-later
// The control socket's framing: vectors, every cut, every truncation, every flipped bit.
#include "shared/protocol/control_frame.h"

#include <QTest>

using namespace higgs;
using protocol::ControlFrameDecoder;

class ControlFrameTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void vectors();
    void refusesLengths_data();
    void refusesLengths();
    void everyCut();
    void truncation();
    void bitFlips();
    void limits();
};

namespace {

std::string framed(std::string_view json)
{
    std::string out;
    const Result<void> appended = protocol::appendControlFrame(out, json);
    return appended ? out : std::string();
}

std::vector<std::string> takeAll(ControlFrameDecoder &decoder)
{
    std::vector<std::string> frames;
    while (true) {
        const Result<std::optional<std::string>> frame = decoder.next();
        if (!frame || !frame->has_value())
            return frames;
        frames.push_back(**frame);
    }
}

} // namespace

void ControlFrameTest::vectors()
{
    QCOMPARE(framed("{}"), std::string("\0\0\0\2{}", 6));
    QCOMPARE(framed(std::string(0x10203, 'x')).substr(0, 4), std::string("\0\1\2\3", 4));

    ControlFrameDecoder decoder;
    decoder.push(asBytes(framed("{}") + framed("[1]") + std::string("\0\0", 2)));
    QCOMPARE(takeAll(decoder), (std::vector<std::string>{"{}", "[1]"}));
    QVERIFY(decoder.midFrame());
    decoder.push(asBytes(std::string_view("\0\1x", 3)));
    QCOMPARE(takeAll(decoder), (std::vector<std::string>{"x"}));
    QVERIFY(!decoder.midFrame());
}

void ControlFrameTest::refusesLengths_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("none") << QByteArray::fromHex("00000000");
    QTest::newRow("one over the limit") << QByteArray::fromHex("00100001");
    QTest::newRow("4 GB") << QByteArray::fromHex("ffffffff");
    QTest::newRow("sign bit") << QByteArray::fromHex("80000001");
}

void ControlFrameTest::refusesLengths()
{
    QFETCH(const QByteArray, header);
    ControlFrameDecoder decoder;
    decoder.push(asBytes(header.toStdString()));
    for (int i = 0; i < 2; ++i) {
        const auto frame = decoder.next();
        QVERIFY(!frame);
        QCOMPARE(frame.error().code, ErrorCode::TooLarge);
    }
    // Once broken, broken: nothing is kept and nothing comes out.
    decoder.push(asBytes(framed("{}")));
    QVERIFY(!decoder.next());
    QVERIFY(!decoder.midFrame());
}

void ControlFrameTest::everyCut()
{
    const std::string stream = framed("{\"a\":1}") + framed("[]") + framed(std::string(300, 'z'));
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        ControlFrameDecoder decoder;
        decoder.push(asBytes(std::string_view(stream).substr(0, cut)));
        std::vector<std::string> frames = takeAll(decoder);
        decoder.push(asBytes(std::string_view(stream).substr(cut)));
        for (std::string &frame : takeAll(decoder))
            frames.push_back(std::move(frame));
        QCOMPARE(frames.size(), std::size_t{3});
        QCOMPARE(frames[0], std::string("{\"a\":1}"));
        QCOMPARE(frames[2], std::string(300, 'z'));
    }
    ControlFrameDecoder bytewise;
    std::size_t count = 0;
    for (const char c : stream) {
        bytewise.push(asBytes(std::string_view(&c, 1)));
        count += takeAll(bytewise).size();
    }
    QCOMPARE(count, std::size_t{3});
}

void ControlFrameTest::truncation()
{
    const std::string whole = framed("{\"method\":\"status\"}");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        ControlFrameDecoder decoder;
        decoder.push(asBytes(std::string_view(whole).substr(0, length)));
        const auto frame = decoder.next();
        QVERIFY(frame);
        QVERIFY(!frame->has_value());
        QCOMPARE(decoder.midFrame(), length > 0);
    }
}

void ControlFrameTest::bitFlips()
{
    const std::string whole = framed("{\"method\":\"status\"}");
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        ControlFrameDecoder decoder;
        decoder.push(asBytes(flipped));
        for (const std::string &frame : takeAll(decoder))
            QVERIFY(frame.size() <= whole.size());
    }
}

void ControlFrameTest::limits()
{
    std::string out = "kept";
    QVERIFY(!protocol::appendControlFrame(out, ""));
    QVERIFY(!protocol::appendControlFrame(out, std::string(protocol::MaxControlFrame + 1, ' ')));
    QCOMPARE(out, std::string("kept"));

    ControlFrameDecoder decoder;
    decoder.push(asBytes(framed(std::string(protocol::MaxControlFrame, ' '))));
    QCOMPARE(takeAll(decoder).size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(ControlFrameTest)
#include "control_frame_test.moc"
