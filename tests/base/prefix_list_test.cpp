// SPDX-License-Identifier: GPL-3.0-or-later
// Merged lists contain exactly what they were made of, covering ones at least that.
#include "shared/base/prefix_list.h"

#include <QRandomGenerator>
#include <QTest>

using namespace higgs;

namespace {

constexpr quint32 Seed = 4632; // RFC 4632

std::vector<IpPrefix> prefixes(std::initializer_list<const char *> texts)
{
    std::vector<IpPrefix> all;
    for (const char *text : texts)
        all.push_back(*IpPrefix::parse(text));
    return all;
}

std::string textOf(const std::vector<IpPrefix> &list)
{
    std::string text;
    for (const IpPrefix &each : list)
        text += (text.empty() ? "" : " ") + each.toString();
    return text;
}

bool holds(const std::vector<IpPrefix> &list, const IpAddress &address)
{
    return std::any_of(list.begin(), list.end(),
                       [&address](const IpPrefix &each) { return each.contains(address); });
}

/// The last byte of a network that is small enough to try every address of.
IpAddress host(const IpPrefix &small, unsigned last)
{
    std::array<std::uint8_t, 16> bytes{};
    std::copy(small.address.bytes().begin(), small.address.bytes().end(), bytes.begin());
    bytes[small.address.bytes().size() - 1] = static_cast<std::uint8_t>(last);
    const std::span<const std::uint8_t, 16> all(bytes);
    return small.address.isV4() ? IpAddress::v4(all.first<4>()) : IpAddress::v6(all);
}

/// All within one network of 256 addresses.
std::vector<IpPrefix> randomList(QRandomGenerator &random, const IpPrefix &within)
{
    std::vector<IpPrefix> list;
    for (int left = random.bounded(24); left > 0; --left) {
        const unsigned length = within.length + static_cast<unsigned>(random.bounded(1, 9));
        const auto last = static_cast<unsigned>(random.bounded(256));
        list.push_back(networkAround(host(within, last), length));
    }
    return list;
}

} // namespace

class PrefixListTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void networks();
    void merges_data();
    void merges();
    void covers_data();
    void covers();
    void cannotCover();
    void anyList_data();
    void anyList();
    void manyRoutes();
};

void PrefixListTest::networks()
{
    QCOMPARE(networkAround(*IpAddress::parse("10.1.2.3"), 20).toString(), "10.1.0.0/20");
    QCOMPARE(networkAround(*IpAddress::parse("10.1.2.3"), 0).toString(), "0.0.0.0/0");
    QCOMPARE(networkAround(*IpAddress::parse("2a00:7:8::1"), 33).toString(), "2a00:7::/33");
    QCOMPARE(networkAround(*IpAddress::parse("2a00::1"), 128).toString(), "2a00::1/128");
    QVERIFY(contains(*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("10.1.0.0/16")));
    QVERIFY(!contains(*IpPrefix::parse("10.0.0.0/16"), *IpPrefix::parse("10.0.0.0/8")));
    QVERIFY(!contains(*IpPrefix::parse("::/0"), *IpPrefix::parse("10.0.0.0/8")));
}

void PrefixListTest::merges_data()
{
    QTest::addColumn<std::vector<IpPrefix>>("list");
    QTest::addColumn<QString>("merged");
    const auto row = [](const char *name, const std::vector<IpPrefix> &list, const char *merged) {
        QTest::newRow(name) << list << QString::fromLatin1(merged);
    };
    row("none", {}, "");
    row("null", {IpPrefix()}, "");
    row("same", prefixes({"5.6.7.0/24", "5.6.7.0/24"}), "5.6.7.0/24");
    row("contained", prefixes({"5.6.7.8/32", "5.6.0.0/16", "5.6.0.0/24"}), "5.6.0.0/16");
    row("halves", prefixes({"5.6.7.128/25", "5.6.7.0/25"}), "5.6.7.0/24");
    row("neighbours that are no halves", prefixes({"5.6.7.0/24", "5.6.8.0/24"}),
        "5.6.7.0/24 5.6.8.0/24");
    row("halves of halves", prefixes({"5.6.4.0/24", "5.6.5.0/24", "5.6.6.0/24", "5.6.7.0/24"}),
        "5.6.4.0/22");
    row("all", prefixes({"128.0.0.0/1", "0.0.0.0/1"}), "0.0.0.0/0");
    row("families", prefixes({"::/0", "2a00::/32", "5.6.7.0/24"}), "5.6.7.0/24 ::/0");
    row("hosts", prefixes({"2a00::1/128", "2a00::/128"}), "2a00::/127");
}

void PrefixListTest::merges()
{
    QFETCH(std::vector<IpPrefix>, list);
    QTEST(QString::fromStdString(textOf(mergePrefixes(list))), "merged");
}

void PrefixListTest::covers_data()
{
    QTest::addColumn<std::vector<IpPrefix>>("list");
    QTest::addColumn<int>("most");
    QTest::addColumn<QString>("cover");
    const auto row = [](const char *name, const std::vector<IpPrefix> &list, int most,
                        const char *cover) {
        QTest::newRow(name) << list << most << QString::fromLatin1(cover);
    };
    const auto three = prefixes({"5.6.1.0/24", "5.6.2.0/24", "9.0.0.0/16"});
    row("room enough", three, 3, "5.6.1.0/24 5.6.2.0/24 9.0.0.0/16");
    row("the nearest first", three, 2, "5.6.0.0/22 9.0.0.0/16");
    row("one for all", three, 1, "0.0.0.0/4");
    row("not none", three, 0, "0.0.0.0/4");
    row("not more than has to be",
        prefixes({"5.6.1.0/24", "5.6.2.0/24", "5.9.1.0/24", "5.9.2.0/24"}), 3,
        "5.6.0.0/22 5.9.1.0/24 5.9.2.0/24");
    row("IPv6", prefixes({"2a00:1::/48", "2a00:1:0:1::/64", "2a00:1:2::/48"}), 1, "2a00:1::/46");
}

void PrefixListTest::covers()
{
    QFETCH(std::vector<IpPrefix>, list);
    QFETCH(int, most);
    const auto cover = coverPrefixes(list, static_cast<std::size_t>(most), 4);
    QVERIFY(cover);
    QTEST(QString::fromStdString(textOf(*cover)), "cover");
}

void PrefixListTest::cannotCover()
{
    const auto two = prefixes({"5.6.1.0/24", "9.0.0.0/16"});
    QVERIFY(coverPrefixes(two, 1, 4));
    QVERIFY(!coverPrefixes(two, 1, 5));
    QVERIFY(coverPrefixes(two, 2, 32));
    // What is short already was not made so.
    QVERIFY(coverPrefixes(prefixes({"0.0.0.0/1"}), 1, 8));
}

void PrefixListTest::anyList_data()
{
    QTest::addColumn<std::vector<IpPrefix>>("within");
    QTest::newRow("IPv4") << prefixes({"5.6.7.0/24"});
    QTest::newRow("IPv6") << prefixes({"2a00:7::100/120"});
}

/// Every address of a small network, with any list in it.
void PrefixListTest::anyList()
{
    QFETCH(std::vector<IpPrefix>, within);
    const IpPrefix &small = within.front();
    QRandomGenerator random(Seed);
    constexpr int Lists = 1'000;
    int covered = 0;
    for (int i = 0; i < Lists; ++i) {
        const auto list = randomList(random, small);
        const auto merged = mergePrefixes(list);
        const auto most = static_cast<std::size_t>(random.bounded(1, 6));
        const auto cover = coverPrefixes(list, most, 0);
        QVERIFY(cover && cover->size() <= most);
        QVERIFY(merged.size() <= list.size() && mergePrefixes(merged) == merged);
        for (unsigned last = 0; last < 256; ++last) {
            const IpAddress address = host(small, last);
            QCOMPARE(holds(merged, address), holds(list, address));
            QVERIFY(holds(*cover, address) || !holds(list, address));
            covered += holds(*cover, address) && !holds(list, address) ? 1 : 0;
        }
        // It is kept to what it was given: nothing outside of it.
        QVERIFY(list.empty() || !holds(*cover, *IpAddress::parse("9.9.9.9")));
    }
    QVERIFY2(covered > Lists, "hardly any list had to be covered, which proves little");
}

void PrefixListTest::manyRoutes()
{
    std::vector<IpPrefix> list; // as a script for split routing adds them
    for (std::uint32_t i = 0; i < 8'000; ++i)
        list.push_back({IpAddress::v4(0x5d000000U | (i / 250) << 16 | (i % 250) << 8), 24});
    QCOMPARE(mergePrefixes(list).size(), std::size_t{32 * 6});
    QCOMPARE(textOf(*coverPrefixes(list, 32, 8)), std::string("93.0.0.0/11"));
}

QTEST_GUILESS_MAIN(PrefixListTest)
#include "prefix_list_test.moc"
