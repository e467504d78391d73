// SPDX-License-Identifier: GPL-3.0-or-later
// Records as OpenSSL gets them: whole, however they came, and no byte more or less.
#include "shared/net/tls_input.h"

#include <QTest>
#include <random>

using namespace higgs;

namespace {

Bytes record(std::size_t content, std::uint8_t fill)
{
    Bytes bytes = {23, 3, 3, static_cast<std::uint8_t>(content >> 8U),
                   static_cast<std::uint8_t>(content)};
    bytes.resize(5 + content, fill);
    return bytes;
}

/// As a socket: what of `from` fits.
std::size_t fetch(TlsInput &input, ByteSpan &from, std::size_t most)
{
    const MutableByteSpan room = input.room(most);
    const std::size_t count = std::min({room.size(), from.size(), most});
    std::copy_n(from.begin(), count, room.begin());
    input.fetched(count);
    from = from.subspan(count);
    return count;
}

} // namespace

class TlsInputTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recordsComeWholeHoweverTheyCame()
    {
        std::minstd_rand random(7);
        Bytes sent;
        for (std::uint8_t i = 0; i < 200; ++i) {
            const Bytes next = record(i % 20 == 0 ? 16384 + 256 : random() % 600, i);
            sent.insert(sent.end(), next.begin(), next.end());
        }
        for (const std::size_t most : {1U, 4U, 5U, 1000U, 16384U, 65536U, 100'000U}) {
            TlsInput input;
            Bytes shared;
            Bytes got;
            ByteSpan from(sent);
            while (got.size() < sent.size()) {
                input.begin(shared);
                const unsigned records = 1 + random() % 4;
                for (unsigned i = 0; i < records; ++i) {
                    while (!input.hasRecord() && !from.empty())
                        QVERIFY(fetch(input, from, most) > 0);
                    if (!input.hasRecord())
                        break;
                    Bytes part(5);
                    QCOMPARE(input.take(part), std::size_t(5));
                    got.insert(got.end(), part.begin(), part.end());
                    part.resize((std::size_t{part[3]} << 8U) | part[4]);
                    if (!part.empty())
                        QCOMPARE(input.take(part), part.size()); // without a wait between
                    got.insert(got.end(), part.begin(), part.end());
                }
                input.end();
                std::fill(shared.begin(), shared.end(), std::uint8_t{0xee}); // somebody else's
            }
            QVERIFY(got == sent);
            QCOMPARE(input.kept(), std::size_t(0));
        }
    }

    void aPartIsKeptInItsSize()
    {
        TlsInput input;
        Bytes shared;
        const Bytes whole = record(16000, 1);
        ByteSpan from = ByteSpan(whole).first(whole.size() - 1);
        input.begin(shared);
        fetch(input, from, 65536);
        QVERIFY(!input.hasRecord());
        input.end();
        QCOMPARE(input.kept(), whole.size() - 1);
        input.begin(shared);
        QVERIFY(!input.hasRecord());
        from = ByteSpan(whole).last(1);
        fetch(input, from, 1);
        QVERIFY(input.hasRecord());
        Bytes got(whole.size());
        QCOMPARE(input.take(got), whole.size());
        QVERIFY(got == whole);
        input.end();
        QCOMPARE(input.kept(), std::size_t(0));
    }

    /// OpenSSL says what is wrong with it, at once.
    void whatIsNoRecordIsGivenAsItIs()
    {
        for (const char *text :
             {"GET / HTTP/1.1", "\x17\x03\x03\xff\xff.", "\x80\x2e\x01\x03\x03"}) {
            TlsInput input;
            Bytes shared;
            const Bytes sent(text, text + std::strlen(text));
            ByteSpan from(sent);
            input.begin(shared);
            fetch(input, from, 65536);
            QVERIFY(input.hasRecord());
            Bytes got(100);
            QCOMPARE(input.take(got), sent.size());
            input.end();
        }
    }
};

QTEST_GUILESS_MAIN(TlsInputTest)
#include "tls_input_test.moc"
