// SPDX-License-Identifier: GPL-3.0-or-later
// Rate limits that several servers keep together: what is told, and what of it counts.
#include "server/cluster/cluster_message.h"
#include "server/cluster/sealed_rates.h"

#include <QTest>
#include <random>

using namespace higgs;
using namespace higgs::server;

namespace {

constexpr double Burst = 100;

InstanceId instance(unsigned n)
{
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", n);
    return *InstanceId::parse(text);
}

IpAddress address(const std::string &text)
{
    return *IpAddress::parse(text);
}

Limits someLimits()
{
    Limits limits;
    for (RateLimit &limit : limits.rate)
        limit = {60, Burst};
    return limits;
}

Secret<32> key(std::uint8_t fill)
{
    Secret<32> secret;
    for (std::uint8_t &byte : secret.mutableBytes())
        byte = fill;
    return secret;
}

const WallTime Now{1'800'000'000'000};
const RatesNonce Nonce{1, 2, 3};

std::vector<SpentTokens> someRows()
{
    return {{address("192.0.2.7"), RateClass::Routing, 12.5},
            {address("2001:db8:1:2::"), RateClass::Login, 1},
            {address("255.255.255.255"), RateClass::RelayOpen, 0.001}};
}

/// How many requests are admitted of so many at once.
int admitted(SharedBuckets &buckets, Monotonic now, int count, const IpAddress &from,
             RateClass rateClass = RateClass::Routing)
{
    int taken = 0;
    for (int i = 0; i < count; ++i)
        taken += buckets.take(now, rateClass, from) ? 0 : 1;
    return taken;
}

} // namespace

class SharedRatesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatOneAdmittedIsTakenFromTheOther()
    {
        const Limits limits = someLimits();
        for (const char *text : {"192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1:2:3::4"}) {
            SharedBuckets one(limits, false);
            SharedBuckets two(limits, false);
            const Monotonic now{std::chrono::hours(1)};
            QCOMPARE(admitted(one, now, 500, address(text)), 100);
            const auto told = one.takeSpent(now);
            QCOMPARE(told.size(), std::size_t{1});
            QCOMPARE(told.front().tokens, Burst);
            for (const SpentTokens &each : told)
                two.spentElsewhere(now, each);
            QCOMPARE(admitted(two, now, 500, address(text)), 0);
            QCOMPARE(admitted(two, now, 500, address("198.51.100.1")), 100);
            QVERIFY(one.takeSpent(now).empty()); // told once
            // What it heard of others it does not tell again.
            QVERIFY(two.takeSpent(now).size() == 1);
        }
    }

    void aServersOwnWorkIsItsOwn()
    {
        const Limits limits = someLimits();
        for (const RateClass each : {RateClass::Work, RateClass::Probe}) {
            SharedBuckets one(limits, false);
            admitted(one, Monotonic(), 50, address("192.0.2.7"), each);
            QVERIFY(one.takeSpent(Monotonic()).empty());
            one.spentElsewhere(Monotonic(), {address("192.0.2.7"), each, Burst});
            QCOMPARE(admitted(one, Monotonic(), 500, address("192.0.2.7"), each), 50);
        }
    }

    void whoIsAloneNotesNothing()
    {
        const Limits limits = someLimits();
        SharedBuckets alone(limits, true);
        QCOMPARE(admitted(alone, Monotonic(), 500, address("192.0.2.7")), 100);
        QVERIFY(alone.takeSpent(Monotonic()).empty());
    }

    void smallSumsAreToldLateAndTheSmallestNot()
    {
        const Limits limits = someLimits();
        SpentSums sums(limits);
        const IpAddress much = address("192.0.2.1");
        const IpAddress little = address("192.0.2.2");
        const IpAddress least = address("192.0.2.3");
        sums.note(RateClass::Routing, much, Burst * SpentSums::ToldSoon);
        sums.note(RateClass::Routing, little, Burst * SpentSums::ToldLate);
        sums.note(RateClass::Routing, least, Burst * SpentSums::ToldLate / 2);
        const Monotonic begin{};
        auto told = sums.take(begin);
        QCOMPARE(told.size(), std::size_t{1});
        QVERIFY(told.front().subscriber == much);
        QVERIFY(sums.take(begin + SpentSums::SweepTime - Milliseconds(1)).empty());
        told = sums.take(begin + SpentSums::SweepTime);
        QCOMPARE(told.size(), std::size_t{1});
        QVERIFY(told.front().subscriber == little);
        QCOMPARE(sums.size(), std::size_t{0});
    }

    void aFloodOfAddressesIsBounded()
    {
        const Limits limits = someLimits();
        SpentSums sums(limits);
        for (std::uint32_t i = 0; i < SpentSums::MostNoted + 5'000; ++i)
            sums.note(RateClass::Routing, IpAddress::v4(i + 1), Burst);
        QCOMPARE(sums.size(), SpentSums::MostNoted);
        std::size_t told = 0;
        for (int i = 0; i < 100; ++i) {
            const auto some = sums.take(Monotonic());
            QVERIFY(some.size() <= SpentSums::MostTold);
            told += some.size();
        }
        QCOMPARE(told, SpentSums::MostNoted);
    }

    /// Over seeds: whoever spreads requests over three servers gets one server's budget, and what
    /// they do within the time that the news takes.
    void aboutOneBudget()
    {
        const Limits limits = someLimits();
        const IpAddress from = address("203.0.113.9");
        for (unsigned seed = 1; seed <= 20; ++seed) {
            std::mt19937 dice(seed);
            std::vector<std::unique_ptr<SharedBuckets>> servers;
            for (int i = 0; i < 3; ++i)
                servers.push_back(std::make_unique<SharedBuckets>(limits, false));
            int taken = 0;
            Monotonic now{};
            for (int ms = 0; ms < 60'000; ms += 10) {
                now += Milliseconds(10);
                SharedBuckets &server = *servers[dice() % servers.size()];
                taken += server.take(now, RateClass::Routing, from) ? 0 : 1;
                if (ms % 250 != 0)
                    continue;
                for (const auto &each : servers) {
                    for (const SpentTokens &spent : each->takeSpent(now)) {
                        for (const auto &other : servers) {
                            if (other != each)
                                other->spentElsewhere(now, spent);
                        }
                    }
                }
            }
            // A burst of 100, and 60 in a minute; three servers alone would admit 480.
            QVERIFY2(taken >= 150 && taken <= 200, qPrintable(QString::number(taken)));
        }
    }

    void rowsComeBackAsTheyWere()
    {
        const RatesEnvelope envelope{instance(1), 7, 3};
        const std::string sealed = sealRates(key(1), Nonce, envelope, Now, someRows());
        const auto opened = openRates(key(1), envelope, Now, sealed);
        QVERIFY2(opened, opened ? "" : opened.error().detail.c_str());
        QVERIFY(*opened == someRows());
        // Nobody else reads an address in it.
        const auto bytes = fromBase64(sealed);
        QVERIFY(bytes);
        const std::uint8_t plain[] = {192, 0, 2, 7};
        QVERIFY(std::search(bytes->begin(), bytes->end(), std::begin(plain), std::end(plain)) ==
                bytes->end());
    }

    void whatNoServerSealedDoesNotCount()
    {
        const RatesEnvelope envelope{instance(1), 7, 3};
        const std::string sealed = sealRates(key(1), Nonce, envelope, Now, someRows());
        const auto isRefused = [&](const Secret<32> &with, const RatesEnvelope &of,
                                   const std::string &text) {
            const auto opened = openRates(with, of, Now, text);
            return !opened && opened.error().code == ErrorCode::Untrusted;
        };
        QVERIFY(isRefused(key(2), envelope, sealed));
        QVERIFY(isRefused(key(1), {instance(2), 7, 3}, sealed));
        QVERIFY(isRefused(key(1), {instance(1), 8, 3}, sealed));
        QVERIFY(isRefused(key(1), {instance(1), 7, 4}, sealed));
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            QVERIFY(isRefused(key(1), envelope, sealed.substr(0, i)));
            for (int bit = 0; bit < 8; ++bit) {
                std::string flipped = sealed;
                flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
                QVERIFY(isRefused(key(1), envelope, flipped));
            }
        }
        QVERIFY(isRefused(key(1), envelope, std::string(MaxSealedRates + 4, 'A')));
    }

    void whatIsOldDoesNotCount()
    {
        const RatesEnvelope envelope{instance(1), 7, 3};
        const std::string sealed = sealRates(key(1), Nonce, envelope, Now, someRows());
        const auto at = [&](std::int64_t ms) {
            return openRates(key(1), envelope, WallTime{Now.ms + ms}, sealed);
        };
        const std::int64_t life = SealedRatesLife.count();
        QVERIFY(at(life) && at(-life));
        QVERIFY(!at(life + 1) && at(life + 1).error().code == ErrorCode::NotValidNow);
        QVERIFY(!at(-life - 1));
        QVERIFY(!at(INT64_MIN / 2 - Now.ms));
    }

    void aMessageCountsOnce()
    {
        SequenceWatch watch;
        const auto isNewer = [&](unsigned from, std::uint64_t run, std::uint64_t number) {
            return watch.isNewer({instance(from), run, number, RatesSpent{}});
        };
        QVERIFY(isNewer(1, 5, 3));
        QVERIFY(!isNewer(1, 5, 3));
        QVERIFY(!isNewer(1, 5, 2));
        QVERIFY(isNewer(2, 5, 2));
        QVERIFY(isNewer(1, 5, 9)); // what is between was lost
        QVERIFY(!isNewer(1, 5, 8));
        QVERIFY(isNewer(1, 6, 1)); // another process
    }

    void manyRowsFitIntoOneMessage()
    {
        const std::vector<SpentTokens> rows(MaxSpentRows + 10,
                                            {address("2001:db8::"), RateClass::Signal, 1'000'000});
        const RatesEnvelope envelope{instance(1), 7, 3};
        const std::string sealed = sealRates(key(1), Nonce, envelope, Now, rows);
        QVERIFY(sealed.size() <= MaxSealedRates);
        const auto opened = openRates(key(1), envelope, Now, sealed);
        QVERIFY(opened && opened->size() == MaxSpentRows);
        const auto message =
            decodeClusterMessage(encodeClusterMessage({instance(1), 7, 3, RatesSpent{sealed}}));
        QVERIFY(message && std::get<RatesSpent>(message->payload).sealed == sealed);
    }
};

QTEST_GUILESS_MAIN(SharedRatesTest)
#include "shared_rates_test.moc"
