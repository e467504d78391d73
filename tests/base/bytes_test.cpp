// SPDX-License-Identifier: GPL-3.0-or-later
// Byte reader and writer, and the one spelling that hex and base64 have.
#include "shared/base/bytes.h"

#include <QTest>

using namespace higgs;

class TestBytes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readerStopsAtTheEnd();
    void writerIsBigEndian();
    void hexVectors();
    void base64Vectors();
    void base64IsCanonical_data();
    void base64IsCanonical();
    void base64RoundTripsEveryLength();
    void base64HasExactlyOneSpelling();
};

void TestBytes::readerStopsAtTheEnd()
{
    const Bytes bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    ByteReader reader(bytes);
    QCOMPARE(reader.u8().value_or(0), std::uint8_t{1});
    QCOMPARE(reader.u16().value_or(0), std::uint16_t{0x0203});
    QCOMPARE(reader.u32().value_or(0), std::uint32_t{0x04050607});
    QCOMPARE(reader.u64().value_or(0), std::uint64_t{0x08090a0b0c0d0e0f});
    QCOMPARE(reader.remaining(), std::size_t{0});
    QVERIFY(!reader.u8());

    ByteReader again(bytes);
    QVERIFY(again.skip(14));
    QVERIFY(!again.u16() && !again.u32() && !again.u64() && !again.bytes(2) && !again.skip(2));
    QVERIFY(!again.bytes(static_cast<std::size_t>(-1)));
    QCOMPARE(again.position(), std::size_t{14}); // a short read moves nothing
    QCOMPARE(again.rest().size(), std::size_t{1});
    QVERIFY(again.bytes(1) && again.bytes(0));
    QVERIFY(!ByteReader({}).u8());
}

void TestBytes::writerIsBigEndian()
{
    Bytes out = {0xff};
    ByteWriter writer(out);
    writer.u8(1);
    writer.u16(0x0203);
    writer.u32(0x04050607);
    writer.u64(0x08090a0b0c0d0e0f);
    writer.bytes(Bytes{0x10});
    QCOMPARE(toHex(out), std::string("ff0102030405060708090a0b0c0d0e0f10"));
}

void TestBytes::hexVectors()
{
    QCOMPARE(toHex(Bytes{0x00, 0xab, 0xff}), std::string("00abff"));
    QCOMPARE(fromHex("00aBFf").value_or(Bytes()), (Bytes{0x00, 0xab, 0xff}));
    QVERIFY(fromHex("") && fromHex("")->empty());
    for (const char *bad : {"0", "0g", "g0", " 00", "00 ", "0x00", "00\n0", "\xc3\xa9"})
        QVERIFY2(!fromHex(bad), bad);
}

void TestBytes::base64Vectors()
{
    // RFC 4648 section 10
    const std::vector<std::pair<const char *, const char *>> vectors = {{"", ""},
                                                                        {"f", "Zg=="},
                                                                        {"fo", "Zm8="},
                                                                        {"foo", "Zm9v"},
                                                                        {"foob", "Zm9vYg=="},
                                                                        {"fooba", "Zm9vYmE="},
                                                                        {"foobar", "Zm9vYmFy"}};
    for (const auto &[plain, encoded] : vectors) {
        QCOMPARE(toBase64(asBytes(plain)), std::string(encoded));
        const auto decoded = fromBase64(encoded);
        QVERIFY(decoded && asText(*decoded) == plain);
        std::string url(encoded);
        url.erase(std::find(url.begin(), url.end(), '='), url.end());
        QCOMPARE(toBase64(asBytes(plain), Base64::Url), url);
        const auto fromUrl = fromBase64(url, Base64::Url);
        QVERIFY(fromUrl && asText(*fromUrl) == plain);
    }
    QCOMPARE(toBase64(Bytes{0xfb, 0xff}), std::string("+/8="));
    QCOMPARE(toBase64(Bytes{0xfb, 0xff}, Base64::Url), std::string("-_8"));
}

void TestBytes::base64IsCanonical_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<bool>("url");
    for (const char *bad : {"Z",    "Zg",   "Zg=",      "Zg===",     "Zg====", "=",     "==",
                            "===",  "====", "Z===",     "=Zg=",      "Zg=v",   "Zm9v=", "Zm8==",
                            "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n",    " Zm9v",  "Zm 9v", "Zm9v ",
                            "Zm9*", "-_8=", "Zm9v====", "\xc3\xa9gg"})
        QTest::newRow(bad) << std::string(bad) << false;
    for (const char *bad : {"Z", "Zg=", "Zg==", "Zh", "Zm9", "+/8", "Zm9v ", "Zg\n", "Zm9vY"})
        QTest::newRow(bad) << std::string(bad) << true;
    QTest::newRow("NUL") << std::string("Zm9\0", 4) << false;
}

void TestBytes::base64IsCanonical()
{
    QFETCH(std::string, text);
    QFETCH(bool, url);
    QVERIFY(!fromBase64(text, url ? Base64::Url : Base64::Standard));
}

void TestBytes::base64RoundTripsEveryLength()
{
    Bytes bytes;
    for (int i = 0; i < 300; ++i) {
        for (const Base64 alphabet : {Base64::Standard, Base64::Url}) {
            const auto again = fromBase64(toBase64(bytes, alphabet), alphabet);
            QVERIFY(again && *again == bytes);
        }
        bytes.push_back(static_cast<std::uint8_t>(i * 7 + 3));
    }
}

void TestBytes::base64HasExactlyOneSpelling()
{
    // Whatever decodes must encode to the same text: all texts of up to four of these characters.
    constexpr std::string_view some = "AQgw9+/-_=\n";
    std::vector<std::string> texts = {""};
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const std::string text = texts[at];
        for (const Base64 alphabet : {Base64::Standard, Base64::Url}) {
            if (const auto bytes = fromBase64(text, alphabet))
                QCOMPARE(toBase64(*bytes, alphabet), text);
        }
        if (text.size() < 4) {
            for (const char c : some)
                texts.push_back(text + c);
        }
    }
}

QTEST_GUILESS_MAIN(TestBytes)
#include "bytes_test.moc"
