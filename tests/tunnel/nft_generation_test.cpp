// SPDX-License-Identifier: GPL-3.0-or-later
// The number of nftables' ruleset in the kernel's answers, whole, cut and turned.
#include "shared/tunnel/nft_generation.h"

#include <QTest>

using namespace higgs;

namespace {

// As a kernel 6.1 gives it (little-endian head, big-endian number): generation 13, then who made
// it.
const Bytes Answer = fromHex("3c0000000f0a000000000000010000000000000d"
                             "080001000000000d"
                             "0800020000001234"
                             "0f00030061207365727665722c206f6b00")
                         .value_or(Bytes());

} // namespace

class NftGenerationTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsTheNumber()
    {
        Bytes answer = Answer;
        answer.resize(0x3c);
        QCOMPARE(readNftGeneration(answer).value_or(0), 13U);
        QCOMPARE(nextNftGeneration(13), 14U);
        QCOMPARE(nextNftGeneration(0xffffffff), 1U);
    }

    void isTotal()
    {
        Bytes answer = Answer;
        answer.resize(0x3c);
        for (std::size_t size = 0; size < answer.size(); ++size)
            QVERIFY(!readNftGeneration(ByteSpan(answer).first(size)));
        for (std::size_t bit = 0; bit < answer.size() * 8; ++bit) {
            Bytes flipped = answer;
            flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
            std::ignore = readNftGeneration(flipped);
        }
    }
};

QTEST_GUILESS_MAIN(NftGenerationTest)
#include "nft_generation_test.moc"
