// SPDX-License-Identifier: GPL-3.0-or-later
// STUN over loopback: one question and its answer, silence, wrong answers, and the responder's
// limits.
#include "shared/crypto/keys.h"
#include "shared/net/stun_binding.h"
#include "shared/net/stun_responder.h"

#include <QSignalSpy>
#include <QTest>
#include <QUdpSocket>

using namespace higgs;
using namespace higgs::protocol;

namespace {

const Endpoint AnyPort{IpAddress::loopback(IpAddress::Family::V4), 0};

} // namespace

class TestStunBinding : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void answersOverBothFamilies_data();
    void answersOverBothFamilies();
    void aDualSocketSeesIpv4();
    void silenceIsATimeout();
    void aLateResponderIsFound();
    void wrongAnswersAreIgnored();
    void deletingInTheSlotIsSafe();
    void aTakenPortIsTold();
    void anUnknownInterfaceIsTold();
    void floodsAreLimited();
    void aNetworkIsSeveralSourcesAtMost();
    void spoofedSourcesDoNotGrowTheTable();
    void transmissionsBackOff();
};

void TestStunBinding::answersOverBothFamilies_data()
{
    QTest::addColumn<int>("family");
    QTest::newRow("IPv4") << static_cast<int>(IpAddress::Family::V4);
    QTest::newRow("IPv6") << static_cast<int>(IpAddress::Family::V6);
}

void TestStunBinding::answersOverBothFamilies()
{
    QFETCH(int, family);
    const IpAddress loopback = IpAddress::loopback(static_cast<IpAddress::Family>(family));
    EpollSet epoll;
    StunResponder responder(epoll);
    if (!responder.listen({loopback, 0}))
        QSKIP("no such loopback address here");
    StunBindingOptions options{.server = CheckedEndpoint::namedByPerson(responder.localEndpoint())};
    StunBinding binding(epoll, options);
    std::optional<StunBindingResult> result;
    connect(&binding, &StunBinding::succeeded, this,
            [&](const StunBindingResult &answer) { result = answer; });
    binding.start();
    QTRY_VERIFY(result);
    QVERIFY(result->mapped.address == loopback && result->mapped.port != 0);
    QVERIFY(result->local == result->mapped); // there is no NAT in between
    QVERIFY(result->rttMs >= 0 && result->rttMs < 5000);
    QCOMPARE(responder.answered(), std::uint64_t{1});
}

void TestStunBinding::aDualSocketSeesIpv4()
{
    EpollSet epoll;
    StunResponder responder(epoll);
    if (!responder.listen({IpAddress::any(IpAddress::Family::V6), 0}))
        QSKIP("no IPv6 here");
    StunBindingOptions options{.server = CheckedEndpoint::namedByPerson(
                                   {AnyPort.address, responder.localEndpoint().port})};
    StunBinding binding(epoll, options);
    QSignalSpy failed(&binding, &StunBinding::failed);
    std::optional<StunBindingResult> result;
    connect(&binding, &StunBinding::succeeded, this,
            [&](const StunBindingResult &answer) { result = answer; });
    binding.start();
    QTRY_VERIFY(result || !failed.isEmpty());
    QVERIFY(result && result->mapped.address == AnyPort.address);
}

void TestStunBinding::silenceIsATimeout()
{
    EpollSet epoll;
    QUdpSocket silent;
    QVERIFY(silent.bind(QHostAddress::LocalHost, 0));
    StunBindingOptions options{
        .server = CheckedEndpoint::namedByPerson({AnyPort.address, silent.localPort()})};
    options.firstWait = Milliseconds(20);
    options.timeout = Milliseconds(200);
    StunBinding binding(epoll, options);
    std::optional<Error> error;
    connect(&binding, &StunBinding::failed, this, [&](const Error &why) { error = why; });
    binding.start();
    QTRY_VERIFY(error);
    QVERIFY(error->code == ErrorCode::Timeout);
    int requests = 0;
    while (silent.hasPendingDatagrams()) {
        silent.readDatagram(nullptr, 0);
        ++requests;
    }
    QVERIFY(requests >= 1 && requests <= 4); // due at 0, 20, 60 and 140 ms
}

void TestStunBinding::aLateResponderIsFound()
{
    EpollSet epoll;
    QUdpSocket holder;
    QVERIFY(holder.bind(QHostAddress::LocalHost, 0));
    const Endpoint later{AnyPort.address, holder.localPort()};
    holder.close();
    StunBindingOptions options{
        .server = CheckedEndpoint::namedByPerson(later)}; // refused by ICMP at first
    options.firstWait = Milliseconds(50);
    options.timeout = Milliseconds(20000);
    StunBinding binding(epoll, options);
    bool answered = false;
    connect(&binding, &StunBinding::succeeded, this, [&] { answered = true; });
    binding.start();
    StunResponder late(epoll);
    QVERIFY(late.listen(later));
    QTRY_VERIFY(answered);
}

void TestStunBinding::wrongAnswersAreIgnored()
{
    const Monotonic now;
    StunBindingCore core(now, Milliseconds(100), Milliseconds(1000));
    StunTransactionId transaction{};
    transaction.fill(1);
    core.request(now, transaction);
    StunMessage answer;
    answer.messageClass = StunClass::Success;
    answer.transaction = transaction;
    answer.xorMappedAddress = *Endpoint::parse("[::ffff:192.0.2.1]:7");
    const Monotonic later = now + Milliseconds(30);
    const auto good = core.handle(later, encodeStun(answer));
    QVERIFY(good && good->mapped.toString() == "192.0.2.1:7");
    QCOMPARE(good->rttMs, 30.0);

    StunMessage other = answer;
    other.transaction[11] ^= 1;
    QVERIFY(!core.handle(later, encodeStun(other)));
    other = answer;
    other.messageClass = StunClass::Error;
    QVERIFY(!core.handle(later, encodeStun(other)));
    other = answer;
    other.xorMappedAddress.reset();
    QVERIFY(!core.handle(later, encodeStun(other)));
    other = answer;
    other.method = 3;
    QVERIFY(!core.handle(later, encodeStun(other)));
    QVERIFY(!core.handle(later, {}));
}

void TestStunBinding::deletingInTheSlotIsSafe()
{
    EpollSet epoll;
    StunResponder responder(epoll);
    QVERIFY(responder.listen(AnyPort));
    QUdpSocket silent;
    QVERIFY(silent.bind(QHostAddress::LocalHost, 0));
    int ended = 0;
    for (const std::uint16_t port : {responder.localEndpoint().port, silent.localPort()}) {
        StunBindingOptions options{.server =
                                       CheckedEndpoint::namedByPerson({AnyPort.address, port})};
        options.timeout = Milliseconds(50);
        auto *binding = new StunBinding(epoll, options);
        const auto end = [&ended, binding] {
            delete binding;
            ++ended;
        };
        connect(binding, &StunBinding::succeeded, this, end);
        connect(binding, &StunBinding::failed, this, end);
        binding->start();
    }
    QTRY_COMPARE(ended, 2);
}

void TestStunBinding::aTakenPortIsTold()
{
    EpollSet epoll;
    StunResponder first(epoll);
    QVERIFY(first.listen(AnyPort));
    StunResponder second(epoll);
    const Result<void> taken = second.listen(first.localEndpoint());
    QVERIFY(!taken && taken.error().code == ErrorCode::AlreadyExists);
}

void TestStunBinding::anUnknownInterfaceIsTold()
{
    EpollSet epoll;
    StunBindingOptions options{.server =
                                   CheckedEndpoint::namedByPerson(*Endpoint::parse("127.0.0.1:9"))};
    options.bindToInterface = "no-such-iface";
    StunBinding binding(epoll, options);
    std::optional<Error> error;
    connect(&binding, &StunBinding::failed, this, [&](const Error &why) { error = why; });
    binding.start();
    QTRY_VERIFY(error);
    QVERIFY(error->code == ErrorCode::Network || error->code == ErrorCode::Permission);
}

void TestStunBinding::floodsAreLimited()
{
    StunLimiter limiter;
    const Monotonic now = Monotonic() + Seconds(1000);
    const IpAddress source = *IpAddress::parse("203.0.113.1");
    int admitted = 0;
    for (int i = 0; i < 1000; ++i)
        admitted += limiter.admit(source, now) ? 1 : 0;
    QCOMPARE(admitted, static_cast<int>(StunLimiter::Burst));
    QVERIFY(limiter.admit(*IpAddress::parse("203.0.113.2"), now)); // others are not harmed
    QVERIFY(!limiter.admit(*IpAddress::parse("::ffff:203.0.113.1"), now));
    QVERIFY(limiter.admit(source, now + Seconds(1)));
    // One /64 is one source.
    for (int i = 0; i < static_cast<int>(StunLimiter::Burst); ++i)
        QVERIFY(limiter.admit(*IpAddress::parse("2001:db8::" + std::to_string(i)), now));
    QVERIFY(!limiter.admit(*IpAddress::parse("2001:db8::ffff"), now));
    QVERIFY(limiter.admit(*IpAddress::parse("2001:db8:0:1::1"), now));
}

void TestStunBinding::aNetworkIsSeveralSourcesAtMost()
{
    const auto most = static_cast<int>(StunLimiter::NetworkFactor * StunLimiter::Burst);
    const Monotonic now = Monotonic() + Seconds(1000);
    StunLimiter limiter;
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0, 10};
    int admitted = 0;
    for (int i = 0; i < 65536; ++i) {
        bytes[6] = static_cast<std::uint8_t>(i >> 8);
        bytes[7] = static_cast<std::uint8_t>(i & 0xFF);
        admitted += limiter.admit(IpAddress::v6(bytes), now) ? 1 : 0;
    }
    QCOMPARE(admitted, most);
    QVERIFY(limiter.sources() <= static_cast<std::size_t>(most));
    // Nobody else's: as many as want to, not the thousand that a full table has for all.
    int others = 0;
    for (std::uint32_t i = 0; i < 3000; ++i)
        others += limiter.admit(IpAddress::v4(0x0b000000 + (i << 8)), now) ? 1 : 0;
    QCOMPARE(others, 3000);

    StunLimiter of4;
    admitted = 0;
    for (std::uint32_t i = 0; i < 2560; ++i)
        admitted += of4.admit(IpAddress::v4(0xcb007100 + i % 256), now) ? 1 : 0;
    QCOMPARE(admitted, most);
    QVERIFY(of4.admit(IpAddress::v4(0xcb007200), now));
}

void TestStunBinding::spoofedSourcesDoNotGrowTheTable()
{
    StunLimiter limiter;
    const Monotonic now = Monotonic() + Seconds(1000);
    int admitted = 0;
    for (std::uint32_t i = 0; i < 100000; ++i)
        admitted += limiter.admit(IpAddress::v4(0x0b000000 + (i << 8)), now) ? 1 : 0;
    QVERIFY(limiter.sources() <= StunLimiter::MaxSources);
    QVERIFY(admitted <= static_cast<int>(StunLimiter::MaxSources + StunLimiter::OverflowPerSecond));
    QVERIFY(limiter.admit(IpAddress::v4(0x0c000000), now + Seconds(10)));
    QVERIFY(limiter.sources() < 10);
}

void TestStunBinding::transmissionsBackOff()
{
    Monotonic now;
    StunBindingCore core(now, Milliseconds(500), Milliseconds(39500));
    std::vector<std::int64_t> sent;
    while (!core.hasFailed(now)) {
        if (core.wantsToSend(now)) {
            sent.push_back(
                std::chrono::duration_cast<Milliseconds>(now.time_since_epoch()).count());
            StunTransactionId transaction{};
            fillRandom(transaction);
            core.request(now, transaction);
        }
        QVERIFY(core.deadline() > now);
        now = core.deadline();
    }
    // RFC 8489 section 6.2.1's own example
    QCOMPARE(sent, (std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500}));
}

QTEST_GUILESS_MAIN(TestStunBinding)
#include "stun_binding_test.moc"
