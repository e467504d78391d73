// SPDX-License-Identifier: GPL-3.0-or-later
// PCP and NAT-PMP by the layouts of RFC 6887 and RFC 6886, and by everything that is not them.
#include "shared/portmap/nat_pmp_message.h"
#include "shared/portmap/pcp_message.h"

#include <QTest>

using namespace higgs;
using namespace higgs::portmap;

namespace {

constexpr PcpNonce Nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Bytes bytesOf(const char *hex)
{
    return *fromHex(hex);
}

/// Figure 3 and 10 of RFC 6887: success, 3600 s, epoch 7, UDP 51820 at 81.0.113.21:40000.
Bytes pcpAnswer()
{
    return bytesOf("02810000"
                   "00000e10"
                   "00000007"
                   "000000000000000000000000"
                   "0102030405060708090a0b0c"
                   "11000000"
                   "ca6c9c40"
                   "00000000000000000000ffff51007115");
}

} // namespace

class GatewayMessagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesPcpRequests()
    {
        const Endpoint internal{*IpAddress::parse("192.168.21.2"), 51820};
        const Bytes map = encodePcpMap({Nonce, internal, {{}, 51820}, Seconds(3600)});
        QCOMPARE(toHex(map), std::string("0201000000000e10"
                                         "00000000000000000000ffffc0a81502"
                                         "0102030405060708090a0b0c"
                                         "11000000ca6cca6c"
                                         "00000000000000000000ffff00000000"));
        const Endpoint internal6{*IpAddress::parse("2a01:21:0:1::2"), 51820};
        const Bytes map6 = encodePcpMap({Nonce, internal6, {}, Seconds(0)});
        QCOMPARE(toHex(map6), std::string("0201000000000000"
                                          "2a010021000000010000000000000002"
                                          "0102030405060708090a0b0c"
                                          "11000000ca6c0000"
                                          "00000000000000000000000000000000"));
        QCOMPARE(toHex(encodePcpAnnounce(internal.address)),
                 std::string("020000000000000000000000000000000000ffffc0a81502"));
    }

    void readsPcpAnswers()
    {
        const auto answer = decodePcp(pcpAnswer());
        QVERIFY(answer && answer->mapping);
        QCOMPARE(answer->result, std::uint8_t{0});
        QVERIFY(answer->lifetime == Seconds(3600));
        QCOMPARE(answer->epoch, 7U);
        QVERIFY(answer->mapping->nonce == Nonce);
        QCOMPARE(answer->mapping->internalPort, std::uint16_t{51820});
        QCOMPARE(answer->mapping->external.toString(), std::string("81.0.113.21:40000"));
        const auto announce = decodePcp(ByteSpan(bytesOf("028000000000000000000009"
                                                         "000000000000000000000000")));
        QVERIFY(announce && !announce->mapping && announce->epoch == 9);
    }

    void refusesWhatIsNoPcpAnswer()
    {
        const Bytes good = pcpAnswer();
        for (std::size_t size = 0; size < good.size(); ++size)
            QVERIFY(!decodePcp(ByteSpan(good).first(size)));
        Bytes request = good;
        request[1] = 1; // somebody else's request
        QVERIFY(!decodePcp(request));
        Bytes version = good;
        version[0] = 1;
        QVERIFY(!decodePcp(version));
        Bytes peer = good;
        peer[1] = 0x82;
        QVERIFY(!decodePcp(peer));
        Bytes longest = good;
        longest.resize(MaxPcpMessage); // options that we do not know
        QVERIFY(decodePcp(longest));
        longest.resize(MaxPcpMessage + 4);
        QVERIFY(!decodePcp(longest));
    }

    /// Whatever a flipped bit makes of it, it is read or refused, and the nonce tells.
    void survivesFlippedBits()
    {
        for (const Bytes &good : {pcpAnswer(), bytesOf("00810000000000079c40ca6c00000e10")}) {
            for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
                Bytes flipped = good;
                flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                const auto pcp = decodePcp(flipped);
                const bool inNonce = bit / 8 >= 24 && bit / 8 < 36;
                if (pcp && pcp->mapping)
                    QCOMPARE(pcp->mapping->nonce == Nonce, !inNonce);
                (void)decodeNatPmp(flipped);
            }
        }
    }

    void speaksNatPmp()
    {
        QCOMPARE(toHex(encodeNatPmpAddressRequest()), std::string("0000"));
        QCOMPARE(toHex(encodeNatPmpMap({51820, 40000, Seconds(3600)})),
                 std::string("00010000ca6c9c4000000e10"));
        const auto address = decodeNatPmp(ByteSpan(bytesOf("008000000000000751007115")));
        QVERIFY(address);
        QCOMPARE(address->external.toString(), std::string("81.0.113.21"));
        const Bytes map = bytesOf("0081000000000007ca6c9c4000000e10");
        const auto mapping = decodeNatPmp(map);
        QVERIFY(mapping);
        QCOMPARE(mapping->internalPort, std::uint16_t{51820});
        QCOMPARE(mapping->externalPort, std::uint16_t{40000});
        QVERIFY(mapping->lifetime == Seconds(3600));
        for (std::size_t size = 0; size < map.size(); ++size)
            QVERIFY(!decodeNatPmp(ByteSpan(map).first(size)));
        Bytes longer = map;
        longer.push_back(0);
        QVERIFY(!decodeNatPmp(longer));
        const auto refusal = decodeNatPmp(ByteSpan(bytesOf("0081000200000007")));
        QVERIFY(refusal && refusal->result == 2);
        QVERIFY(!decodeNatPmp(ByteSpan(bytesOf("0082000000000007ca6c9c4000000e10")))); // TCP
        QVERIFY(!decodeNatPmp(ByteSpan(bytesOf("0001000000000007"))));                 // a request
    }
};

QTEST_GUILESS_MAIN(GatewayMessagesTest)
#include "gateway_messages_test.moc"
