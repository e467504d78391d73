// SPDX-License-Identifier: GPL-3.0-or-later
// What a STUN server can have seen, and what is a lie by itself.
#include "shared/net/stun_mapping.h"

#include <QTest>

using namespace higgs;

namespace {

Endpoint at(std::string_view text)
{
    return Endpoint::parse(text).value();
}

constexpr std::string_view Internet = "9.9.9.9:3478";
constexpr std::string_view Internet6 = "[2a00:1::9]:3478";

} // namespace

class StunMappingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatNobodyCanHaveSeen()
    {
        for (const std::string_view lie : {"0.0.0.0:5000",
                                           "0.1.2.3:5000",
                                           "127.0.0.1:5000",
                                           "10.0.0.1:5000",
                                           "172.16.0.1:5000",
                                           "172.31.255.255:5000",
                                           "192.168.1.1:5000",
                                           "169.254.1.1:5000",
                                           "224.0.0.1:5000",
                                           "239.255.255.250:1900",
                                           "240.0.0.1:5000",
                                           "255.255.255.255:5000",
                                           "8.8.8.8:0",
                                           "[::]:5000",
                                           "[::1]:5000",
                                           "[fe80::1]:5000",
                                           "[fc00::1]:5000",
                                           "[fd12::1]:5000",
                                           "[ff02::1]:5000",
                                           "[::ffff:10.0.0.1]:5000",
                                           "[::ffff:127.0.0.1]:5000"}) {
            QVERIFY2(!canBeMapping(at(lie), at(Internet)), lie.data());
            QVERIFY2(!canBeMapping(at(lie), at(Internet6)), lie.data());
        }
        QVERIFY(!canBeMapping({}, at(Internet)));
        QVERIFY(!canBeMapping(at(Internet), at(Internet))); // its own place
        QVERIFY(!canBeMapping(at("[::ffff:9.9.9.9]:3478"), at(Internet)));
    }

    void whatCanBe()
    {
        for (const std::string_view truth :
             {"8.8.8.8:5000", "8.8.8.8:80", "100.64.0.1:5000", "203.0.113.1:5000",
              "[2a00:2::1]:5000", "9.9.9.9:40000"}) { // the server's home may be ours
            QVERIFY2(canBeMapping(at(truth), at(Internet)), truth.data());
            QVERIFY2(canBeMapping(at(truth), at(Internet6)), truth.data()); // NAT64, too
        }
    }

    void aServerInsideSeesThemInside()
    {
        QVERIFY(canBeMapping(at("127.0.0.1:5000"), at("127.0.0.1:3478")));
        QVERIFY(canBeMapping(at("192.168.1.7:5000"), at("10.0.0.1:3478")));
        QVERIFY(canBeMapping(at("10.1.2.3:5000"), at("100.64.0.1:3478")));
        QVERIFY(canBeMapping(at("8.8.8.8:5000"), at("10.0.0.1:3478")));
        QVERIFY(canBeMapping(at("[fd00::7]:5000"), at("[fd00::1]:3478")));
        QVERIFY(!canBeMapping(at("224.0.0.1:5000"), at("10.0.0.1:3478")));
    }
};

QTEST_APPLESS_MAIN(StunMappingTest)
#include "stun_mapping_test.moc"
