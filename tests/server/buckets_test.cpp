// SPDX-License-Identifier: GPL-3.0-or-later
// The token buckets of addresses and networks, and the answers that are kept for a second.
#include "server/cache/answer_cache.h"
#include "server/cache/token_buckets.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;

namespace {

IpAddress address(const std::string &text)
{
    return *IpAddress::parse(text);
}

Limits limitsOf(double perMinute, double burst)
{
    Limits limits;
    limits.rate[static_cast<std::size_t>(RateClass::Register)] = {perMinute, burst};
    return limits;
}

/// How many of so many requests, each from the next network, are admitted at once.
int admitted(TokenBuckets &buckets, Monotonic now, int count, const char *form)
{
    int taken = 0;
    for (int i = 0; i < count; ++i) {
        const QString text = QString::asprintf(form, static_cast<unsigned>(i));
        taken += buckets.take(now, RateClass::Register, address(text.toStdString())) ? 0 : 1;
    }
    return taken;
}

} // namespace

class BucketsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refill()
    {
        Limits limits;
        QVERIFY(limits.set("register-per-minute", 60));
        QVERIFY(limits.set("register-burst", 2));
        QVERIFY(!limits.set("nonsense", 1));
        QVERIFY(!limits.set("idle", 0));
        TokenBuckets buckets(limits);
        const Monotonic now{};
        const auto take = [&](Monotonic at, const char *from) {
            return buckets.take(at, RateClass::Register, address(from));
        };
        QVERIFY(!take(now, "192.0.2.1"));
        QVERIFY(!take(now, "::ffff:192.0.2.1"));
        QCOMPARE(take(now, "192.0.2.1"), std::optional<Seconds>(Seconds(1)));
        QVERIFY(!buckets.take(now, RateClass::Turn, address("192.0.2.1")));
        QVERIFY(!take(now + Seconds(1), "192.0.2.1"));
        QVERIFY(take(now + Seconds(1), "192.0.2.1"));
        QVERIFY(!take(now, "192.0.2.2"));
    }

    void whatIsDearCostsMore()
    {
        const Limits limits = limitsOf(60, 10);
        TokenBuckets buckets(limits);
        const Monotonic now{};
        const IpAddress a = address("192.0.2.1");
        QVERIFY(!buckets.take(now, RateClass::Register, a, 17));
        // A debt of seven, and one to go on with.
        QCOMPARE(buckets.take(now, RateClass::Register, a), std::optional<Seconds>(Seconds(8)));
        QVERIFY(!buckets.take(now + Seconds(8), RateClass::Register, a));
        // What is charged afterwards counts, too, but a debt ends.
        buckets.charge(now, RateClass::Register, a, 1e9);
        QVERIFY(buckets.take(now + Seconds(18), RateClass::Register, a));
        QVERIFY(!buckets.take(now + Seconds(19), RateClass::Register, a));
    }

    void networksCount()
    {
        const Limits limits = limitsOf(60, 10);
        const Monotonic now{};
        const auto count = [&](const char *form) {
            TokenBuckets buckets(limits);
            return admitted(buckets, now, 200, form);
        };
        QCOMPARE(count("2001:db8::%x"), 10);         // one /64
        QCOMPARE(count("2001:db8:0:%02x::1"), 20);   // one /56: twice
        QCOMPARE(count("2001:db8:0:%02x00::1"), 40); // one /48: four times
        QCOMPARE(count("2001:db8:%x::1"), 200);      // as many sites
        QCOMPARE(count("192.0.2.%u"), 200);          // as many addresses
    }

    void tableIsBoundedAndForgets()
    {
        Limits limits = limitsOf(60, 10);
        limits.rateAddresses = 100;
        TokenBuckets buckets(limits);
        const Monotonic now{};
        (void)admitted(buckets, now, 250, "2001:db8:%x::1");
        QVERIFY(buckets.addresses() <= 100);
        // A site that is over its share leaves no traces of its networks.
        TokenBuckets one(limits);
        (void)admitted(one, now, 200, "2001:db8:0:%02x00::1");
        QVERIFY(one.addresses() <= 1 + 2 * 41);
        // All are full again: forgotten as others come.
        const Monotonic later = now + std::chrono::hours(1);
        for (int i = 0; i < 60; ++i)
            (void)buckets.take(later, RateClass::Register, address("192.0.2.1"));
        QCOMPARE(buckets.addresses(), std::size_t(1));
    }

    void answersAreKeptForASecond()
    {
        AnswerCache cache;
        const Monotonic now{};
        const AnswerCache::Revision one{1, 1};
        const AnswerCache::Revision two{2, 1};
        const AnswerCache::Text text = cache.put(now, "all", one, "text", Milliseconds(1));
        QVERIFY(cache.find(now + Milliseconds(999), "all", one) == text);
        QVERIFY(!cache.find(now + Milliseconds(1000), "all", one));
        QVERIFY(!cache.find(now, "other", one));
        QVERIFY(!cache.find(now + Milliseconds(20), "all", two)); // new ones are seen at once
        // What is dear is not made anew for everything that changes.
        QVERIFY(cache.find(now + Milliseconds(19), "all", two) == text);
        cache.put(now, "dear", one, "long", Milliseconds(100));
        QVERIFY(cache.find(now + Milliseconds(1999), "dear", two));
        QVERIFY(!cache.find(now + Milliseconds(2000), "dear", one));
    }
};

QTEST_APPLESS_MAIN(BucketsTest)
#include "buckets_test.moc"
