// SPDX-License-Identifier: GPL-3.0-or-later
// How an IPv4 address is written where the provider translates: RFC 6052's own table, both ways.
#include "shared/net/nat64_prefix.h"

#include <QTest>
#include <array>

using namespace higgs;

namespace {

IpAddress at(const char *text)
{
    return *IpAddress::parse(text);
}

struct Row
{
    const char *asked;      ///< 192.0.0.170 behind the prefix
    const char *translated; ///< 192.0.2.33, as RFC 6052 section 2.4 has it
};

constexpr std::array Rows = {
    Row{"2001:db8:c000:aa::", "2001:db8:c000:221::"},
    Row{"2001:db8:1c0:0:aa::", "2001:db8:1c0:2:21::"},
    Row{"2001:db8:122:c000:0:aa00::", "2001:db8:122:c000:2:2100::"},
    Row{"2001:db8:122:3c0:0:aa::", "2001:db8:122:3c0:0:221::"},
    Row{"2001:db8:122:344:c0:0:aa00::", "2001:db8:122:344:c0:2:2100::"},
    Row{"2001:db8:122:344::192.0.0.170", "2001:db8:122:344::192.0.2.33"},
    Row{"64:ff9b::192.0.0.170", "64:ff9b::192.0.2.33"},
};

} // namespace

class Nat64PrefixTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyLengthOfTheRfc()
    {
        for (const Row &row : Rows) {
            const auto prefix = Nat64Prefix::fromAnswer(std::array{at(row.asked)});
            QVERIFY2(prefix, row.asked);
            QCOMPARE(prefix->of(at("192.0.2.33")).toString(), at(row.translated).toString());
            QVERIFY(prefix->contains(at(row.translated)));
            QCOMPARE(prefix->in(at(row.translated))->toString(), std::string("192.0.2.33"));
            QVERIFY(!prefix->in(at("2620:fe::fe")) && !prefix->in(at("192.0.2.33")));
            QVERIFY(!prefix->contains(at("2620:fe::fe")));
            QVERIFY(prefix->of(at("2620:fe::fe")).isNull() && prefix->of({}).isNull());
        }
    }

    void bothAddressesAreOnePrefix()
    {
        QVERIFY(Nat64Prefix::fromAnswer(
            std::array{at("192.0.0.170"), at("64:ff9b::192.0.0.170"), at("64:ff9b::192.0.0.171")}));
    }

    /// Nobody is written to on a guess.
    void whatIsNoTranslationIsNone()
    {
        QVERIFY(!Nat64Prefix::fromAnswer({}));
        for (const char *text :
             {"192.0.0.170", "::ffff:192.0.0.170", "64:ff9b::192.0.0.172", "64:ff9b::192.0.2.33",
              "2620:fe::fe", "::192.0.0.170", "::", "2001:db8:122:344:100::192.0.0.170"})
            QVERIFY2(!Nat64Prefix::fromAnswer(std::array{at(text)}), text);
        // Two translations: which of them has the mapping nobody knows.
        QVERIFY(!Nat64Prefix::fromAnswer(
            std::array{at("64:ff9b::192.0.0.170"), at("2001:db8:122:344::192.0.0.170")}));
    }

    void noBitMayBeAnother()
    {
        for (std::size_t bit = 96; bit < 128; ++bit) {
            std::array<std::uint8_t, 16> bytes{};
            const auto good = at("64:ff9b::192.0.0.170").bytes();
            std::copy(good.begin(), good.end(), bytes.begin());
            bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
            const IpAddress damaged = IpAddress::v6(bytes);
            const bool other = damaged == at("64:ff9b::192.0.0.171"); // which is as good
            QCOMPARE(Nat64Prefix::fromAnswer(std::array{damaged}).has_value(), other);
        }
    }
};

QTEST_APPLESS_MAIN(Nat64PrefixTest)
#include "nat64_prefix_test.moc"
