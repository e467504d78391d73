// SPDX-License-Identifier: GPL-3.0-or-later
// The barrier's program as text: known vectors, what must hold for any, and its verdicts against
// the rule in plain words. That the kernel takes it and drops what it should is
// test_exit_barrier.py's.
#include "shared/base/prefix_list.h"
#include "shared/tunnel/exit_barrier.h"
#include "tests/support/barrier_trial.h"
#include "tests/support/classic_bpf.h"

#include <QRandomGenerator>
#include <QTest>
#include <linux/pkt_cls.h>

using namespace higgs;

namespace {

ExitPolicy policy4()
{
    ExitPolicy policy;
    policy.network4 = *IpPrefix::parse("10.86.0.0/16");
    policy.gateways = {*IpAddress::parse("10.86.0.1")};
    return policy;
}

/// Something of everything, and nothing of it within something else.
test::BarrierHome wholeHome()
{
    test::BarrierHome home{policy4(), {}};
    home.policy.network6 = *IpPrefix::parse("fd00:86::/64");
    home.policy.gateways.push_back(*IpAddress::parse("fd00:86::1"));
    home.policy.router.addresses = {*IpAddress::parse("198.41.0.4")};
    home.policy.exitAllow = {*IpPrefix::parse("203.0.113.64/26")};
    home.around.ownAddresses = {*IpAddress::parse("198.41.0.9")};
    home.around.nearby = {*IpPrefix::parse("5.6.7.0/24"), *IpPrefix::parse("2a00:7:0:100::/56")};
    return home;
}

std::string textOf(const ExitPolicy &policy, const ExitSurroundings &around = {})
{
    return barrierText(exitBarrier(policy, around).value());
}

constexpr quint32 Seed = 86;

Bytes randomBytes(QRandomGenerator &random)
{
    Bytes bytes(1'024);
    for (std::uint8_t &byte : bytes)
        byte = static_cast<std::uint8_t>(random.bounded(256));
    return bytes;
}

bool contains(const std::string &text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class ExitBarrierTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nobodyServed();
    void head();
    void prefixes_data();
    void prefixes();
    void order();
    void jumps();
    void bounded();
    void anyNumberOfNetworks();
    void coveredNetworks();
    void verdicts();
    void everyVerdictMatters();
};

void ExitBarrierTest::nobodyServed()
{
    // Without networks every IP packet is dropped, and nothing else is anybody's business.
    QCOMPARE(textOf({}), std::string("7,40 0 0 4294963200,21 1 0 2048,5 0 0 1,6 0 0 2,"
                                     "21 1 0 34525,6 0 0 0,6 0 0 2"));
}

void ExitBarrierTest::head()
{
    const std::string text = textOf(policy4());
    // At least 20 bytes; no options; TCP, UDP or ICMP; from the network; the gateway.
    QVERIFY(contains(text, "128 0 0 0,53 1 0 20,6 0 0 2,"
                           "48 0 0 4293918720,21 1 0 69,6 0 0 2,"
                           "48 0 0 4293918729,21 3 0 6,21 2 0 17,21 1 0 1,6 0 0 2,"
                           "32 0 0 4293918732,53 0 2 173408256,37 1 0 173473791,5 0 0 1,6 0 0 2,"
                           "32 0 0 4293918736,21 0 "));
    // To the gateway: whole UDP datagrams to port 3478.
    QVERIFY(contains(text,
                     " 173408257,48 0 0 4293918729,21 1 0 17,6 0 0 2,"
                     "40 0 0 4293918726,69 0 1 16383,6 0 0 2,"
                     "128 0 0 0,53 1 0 28,6 0 0 2,40 0 0 4293918742,21 0 1 3478,6 0 0 0,6 0 0 2,"));
}

void ExitBarrierTest::prefixes_data()
{
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<QString>("code");
    const auto row = [](const char *prefix, const char *code) {
        QTest::newRow(prefix) << QString::fromLatin1(prefix) << QString::fromLatin1(code);
    };
    row("192.0.2.0/24", "32 0 0 4293918736,53 0 2 3221225984,37 1 0 3221226239,6 0 0 0,");
    row("192.0.2.7/32", "32 0 0 4293918736,21 0 1 3221225991,6 0 0 0,");
    row("0.0.0.0/0", ",6 0 0 0,32 0 0 4293918736,");
    row("2a00:7::/32", "32 0 0 4293918744,21 0 1 704643079,6 0 0 0,");
    row("2a00:7:0:8::/64",
        "32 0 0 4293918744,21 0 3 704643079,32 0 0 4293918748,21 0 1 8,6 0 0 0,");
    row("2a00:7:0:100::/56", "32 0 0 4293918744,21 0 4 704643079,32 0 0 4293918748,53 0 2 256,"
                             "37 1 0 511,6 0 0 0,");
}

void ExitBarrierTest::prefixes()
{
    QFETCH(QString, prefix);
    QFETCH(QString, code);
    ExitPolicy policy = policy4();
    policy.network6 = *IpPrefix::parse("fd00:86::/64");
    policy.exitAllow = {*IpPrefix::parse(prefix.toStdString())};
    const std::string text = textOf(policy);
    QVERIFY2(contains(text, code.toStdString()), text.c_str());
}

void ExitBarrierTest::order()
{
    ExitPolicy policy = policy4();
    policy.router.addresses = {*IpAddress::parse("203.0.113.7")};
    policy.exitAllow = {*IpPrefix::parse("203.0.113.0/24")};
    ExitSurroundings around;
    around.ownAddresses = {*IpAddress::parse("203.0.113.9")};
    around.nearby = {*IpPrefix::parse("5.6.7.0/24")};
    const std::string text = textOf(policy, around);
    std::size_t at = 0;
    for (const char *part : {",21 0 1 3405803785,6 0 0 2,",                   // own addresses
                             ",21 0 1 3405803783,6 0 0 2,",                   // the router's
                             ",53 0 2 3405803776,37 1 0 3405804031,6 0 0 0,", // exceptions
                             ",53 0 2 3232235520,37 1 0 3232301055,6 0 0 2,", // 192.168.0.0/16
                             ",53 0 2 84281088,37 1 0 84281343,6 0 0 2,"}) {  // the home's
        at = text.find(part, at);
        QVERIFY2(at != std::string::npos, part);
    }
}

void ExitBarrierTest::jumps()
{
    ExitPolicy policy = policy4();
    policy.network6 = *IpPrefix::parse("fd00:86::/64");
    policy.gateways.push_back(*IpAddress::parse("fd00:86::1"));
    ExitSurroundings around;
    for (unsigned i = 0; i < 50; ++i)
        around.nearby.push_back({IpAddress::v4(0x05060000U + (i << 8)), 24});
    const auto program = exitBarrier(policy, around);
    QVERIFY(program);
    for (std::size_t i = 0; i < program->size(); ++i) {
        const sock_filter &each = (*program)[i];
        if (BPF_CLASS(each.code) == BPF_RET)
            QVERIFY(each.k == TC_ACT_OK || each.k == TC_ACT_SHOT);
        if (BPF_CLASS(each.code) != BPF_JMP)
            continue;
        const bool always = BPF_OP(each.code) == BPF_JA;
        QVERIFY(i + 1 + (always ? each.k : std::max(each.jt, each.jf)) < program->size());
    }
    QVERIFY(BPF_CLASS(program->back().code) == BPF_RET);
}

void ExitBarrierTest::bounded()
{
    ExitPolicy policy = policy4();
    for (std::uint32_t i = 0; i < MaxBarrierLength / 4; ++i)
        policy.exitAllow.push_back({IpAddress::v4(0x05060000U + (i << 9)), 24});
    const auto program = exitBarrier(policy, {});
    QVERIFY(!program);
    QCOMPARE(program.error().code, ErrorCode::TooLarge);
    policy.exitAllow.resize(MaxBarrierLength / 8);
    QVERIFY(exitBarrier(policy, {}));
}

/// As far from each other as they can be, and as long to compare.
void ExitBarrierTest::anyNumberOfNetworks()
{
    test::BarrierHome home = wholeHome();
    QRandomGenerator random(Seed);
    for (int i = 0; i < 10'000; ++i) {
        const auto v4 = static_cast<std::uint32_t>(random.generate()) | 1U;
        std::array<std::uint8_t, 16> v6{};
        std::generate(v6.begin(), v6.end(),
                      [&random] { return static_cast<std::uint8_t>(random.bounded(256)); });
        v6[0] = static_cast<std::uint8_t>(0x20 | (v6[0] & 0x1f));
        home.around.nearby.push_back({IpAddress::v4(v4), 32});
        home.around.nearby.push_back(networkAround(IpAddress::v6(v6), 127));
        home.around.ownAddresses.push_back(IpAddress::v4(v4));
        home.around.ownAddresses.push_back(IpAddress::v6(v6));
    }
    QVERIFY(exitBarrier(home.policy, home.around));
    QVERIFY(networksBeyondBarrier(home.around) > 15'000);
    // The barrier cannot cover them; the rules do, and nothing is lost of them.
    const auto bounded = boundedNetworks(home.around.nearby);
    QVERIFY(bounded.size() > 5'000 && bounded.size() < 4 * MaxRulesNetworks);
    auto together = bounded;
    together.insert(together.end(), home.around.nearby.begin(), home.around.nearby.end());
    QCOMPARE(mergePrefixes(together), bounded);
    QCOMPARE(networksBeyondBarrier(wholeHome().around), std::size_t{0});
    // All of a home's private networks are closed by the list of those.
    home.around.nearby.clear();
    for (std::uint32_t i = 0; i < 3'000; ++i)
        home.around.nearby.push_back({IpAddress::v4(0x0a000000U + (i << 9)), 24});
    QCOMPARE(networksBeyondBarrier(home.around), std::size_t{0});
    QCOMPARE(boundedNetworks(home.around.nearby), home.around.nearby);
}

void ExitBarrierTest::coveredNetworks()
{
    ExitSurroundings around;
    const IpPrefix home = *IpPrefix::parse("2a00:7::/48");
    around.nearby = {home, *IpPrefix::parse("192.168.7.0/24")};
    for (std::uint32_t i = 0; i < 500; ++i) // every second network, so that no two are halves
        around.nearby.push_back({IpAddress::v4(0x5d000000U + (i << 9)), 24});
    QVERIFY(networksBeyondBarrier(around) > 0);
    const auto all = around.nearby;
    around.nearby = boundedNetworks(all);
    QCOMPARE(networksBeyondBarrier(around), std::size_t{0});
    QVERIFY(std::count(around.nearby.begin(), around.nearby.end(), home) == 1);
    for (const IpPrefix &each : all)
        QVERIFY(std::any_of(around.nearby.begin(), around.nearby.end(),
                            [&each](const IpPrefix &some) { return contains(some, each); }));
    QVERIFY(exitBarrier(policy4(), around));
}

void ExitBarrierTest::verdicts()
{
    QRandomGenerator random(Seed);
    int passed = 0;
    constexpr int Homes = 2'000;
    for (int home = 0; home < Homes; ++home) {
        const Bytes bytes = randomBytes(random);
        test::Choices choices(bytes);
        const test::BarrierHome around = test::barrierHome(choices);
        const auto program = exitBarrier(around.policy, around.around);
        QVERIFY(program);
        while (choices.left()) {
            const test::GuestPacket packet = test::guestPacket(choices, around);
            const bool passes = test::passesBarrier(around, packet);
            const auto verdict = test::runClassicBpf(*program, packet.etherType, packet.bytes);
            QVERIFY2(verdict == (passes ? TC_ACT_OK : TC_ACT_SHOT), toHex(packet.bytes).c_str());
            passed += passes ? 1 : 0;
        }
    }
    QVERIFY2(passed > Homes, "hardly anything was let through, so the comparison proves little");
}

/// That the comparison would see: any verdict of a program that is turned round is found out.
void ExitBarrierTest::everyVerdictMatters()
{
    QRandomGenerator random(Seed);
    const test::BarrierHome home = wholeHome();
    const auto program = exitBarrier(home.policy, home.around);
    QVERIFY(program);
    std::vector<std::size_t> unseen;
    for (std::size_t at = 0; at < program->size(); ++at) {
        if (BPF_CLASS((*program)[at].code) == BPF_RET)
            unseen.push_back(at);
    }
    // What is not in 2000::/3 is in the list of special prefixes, too, and ends there.
    unseen.pop_back();
    // The rarest is found within some thousand rounds, whatever the seed.
    constexpr int MostRounds = 50'000;
    for (int round = 0; round < MostRounds && !unseen.empty(); ++round) {
        const Bytes bytes = randomBytes(random);
        for (test::Choices choices(bytes); choices.left();) {
            const test::GuestPacket packet = test::guestPacket(choices, home);
            const int expected = test::passesBarrier(home, packet) ? TC_ACT_OK : TC_ACT_SHOT;
            std::erase_if(unseen, [&](std::size_t at) {
                auto bent = *program;
                bent[at].k = bent[at].k == TC_ACT_OK ? TC_ACT_SHOT : TC_ACT_OK;
                return test::runClassicBpf(bent, packet.etherType, packet.bytes) != expected;
            });
        }
    }
    QCOMPARE(unseen, std::vector<std::size_t>());
}

QTEST_GUILESS_MAIN(ExitBarrierTest)
#include "exit_barrier_test.moc"
