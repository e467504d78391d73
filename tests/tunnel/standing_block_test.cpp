// SPDX-License-Identifier: GPL-3.0-or-later
// The kill switch's chain in the kernel's answers, whole and cut.
#include "shared/tunnel/standing_block.h"

#include <QTest>

using namespace higgs;

namespace {

// Of a kernel 6.1 (little-endian): NFT_MSG_NEWCHAIN with its family, a name, and a policy.
const Bytes Chain = fromHex("2c000000030a00000000000001000000"
                            "01000000"
                            "0b0003006f757470757400000800050000000000")
                        .value_or(Bytes());
const Bytes Missing = fromHex("240000000200000000000000010000"
                              "00feffffff000000000000000000000000000000")
                          .value_or(Bytes());

} // namespace

class StandingBlockTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knowsADrop()
    {
        Bytes answer = Chain;
        answer[0] = static_cast<std::uint8_t>(answer.size());
        QCOMPARE(readChain(answer), std::optional(true));
        answer[answer.size() - 1] = 1; // NF_ACCEPT, in the network's order
        QCOMPARE(readChain(answer), std::optional(false));
    }

    void knowsThatThereIsNone()
    {
        Bytes answer = Missing;
        answer[0] = static_cast<std::uint8_t>(answer.size());
        QCOMPARE(readChain(answer), std::optional(false));
        answer[16] = 0xff; // EPERM: nobody told
        QCOMPARE(readChain(answer), std::optional<bool>());
    }

    void isTotal()
    {
        Bytes answer = Chain;
        answer[0] = static_cast<std::uint8_t>(answer.size());
        for (std::size_t size = 0; size < answer.size(); ++size)
            QVERIFY(readChain(ByteSpan(answer).first(size)) != std::optional(true));
        for (int length = 0; length < 256; ++length) {
            answer[0] = static_cast<std::uint8_t>(length);
            static_cast<void>(readChain(answer));
            answer[20] = static_cast<std::uint8_t>(length);
            static_cast<void>(readChain(answer));
        }
    }
};

QTEST_GUILESS_MAIN(StandingBlockTest)
#include "standing_block_test.moc"
