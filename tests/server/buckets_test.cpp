// SPDX-License-Identifier: GPL-3.0-or-later
// The token buckets of addresses and networks, and the answers that are kept for a second.
#include "server/cache/answer_cache.h"
#include "server/cache/route_cache.h"
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

    void answersAreMadeForWhatChanged()
    {
        const Limits limits;
        AnswerCache cache(limits);
        const Monotonic now{};
        const AnswerCache::Revision one{1, 1};
        const AnswerCache::Revision figures{1, 2};
        const AnswerCache::Revision came{2, 1};
        const AnswerCache::Text text = cache.put(now, "all", one, "text", Milliseconds(1));
        QVERIFY(cache.find(now + Seconds(3600), "all", one) == text); // nothing has changed
        QVERIFY(cache.find(now + Milliseconds(999), "all", figures) == text);
        QVERIFY(!cache.find(now + Milliseconds(1000), "all", figures));
        QVERIFY(!cache.find(now, "other", one));
        QVERIFY(!cache.find(now + Milliseconds(20), "all", came)); // new ones are seen at once
        // What is dear is not made anew for everything that changes.
        QVERIFY(cache.find(now + Milliseconds(19), "all", came) == text);
        cache.put(now, "dear", one, "long", Milliseconds(100));
        QVERIFY(cache.find(now + Milliseconds(1999), "dear", came));
        QVERIFY(!cache.find(now + Milliseconds(2000), "dear", figures));
    }

    void answersAreBoundedInBytes()
    {
        Limits limits;
        limits.answerCacheBytes = 1000;
        AnswerCache cache(limits);
        Monotonic now{};
        const AnswerCache::Revision one{1, 1};
        for (int i = 0; i < 50; ++i) {
            now += Milliseconds(1);
            cache.put(now, std::to_string(i), one, std::string(100, 'x'), {});
            QVERIFY(cache.bytes() <= 1000);
        }
        QVERIFY(!cache.find(now, "39", one)); // the oldest went
        QVERIFY(cache.find(now, "40", one));
        cache.put(now, "49", one, std::string(200, 'x'), {}); // in its own place
        QCOMPARE(cache.bytes(), std::size_t(1000));
        // One that is larger than all is kept alone: to make it again and again would be worse.
        cache.put(now, "huge", one, std::string(5000, 'x'), {});
        QCOMPARE(cache.bytes(), std::size_t(5000));
        QVERIFY(cache.find(now, "huge", one));
        cache.put(now, "small", one, "x", {});
        QCOMPARE(cache.bytes(), std::size_t(1));
    }

    void routeIdsAreKeptFiveMinutesAndBounded()
    {
        Limits limits;
        InProcessRouteCache cache(limits);
        const auto idOf = [](unsigned n) {
            char text[37];
            std::snprintf(text, sizeof text, "0189abcd-ef%02x-4000-8000-%012x", n % 256, n);
            return *RouteId::parse(text);
        };
        const auto keyOf = [](unsigned n) {
            RouteKey key{};
            std::memcpy(key.data(), &n, sizeof n);
            return key;
        };
        const Monotonic now{};
        QCOMPARE(cache.routeId(now, keyOf(1), idOf(1)), idOf(1));
        QCOMPARE(cache.routeId(now + Seconds(299), keyOf(1), idOf(2)), idOf(1));
        QCOMPARE(cache.routeId(now + Seconds(300), keyOf(1), idOf(3)), idOf(3));
        limits.routeCacheBytes = 100 * InProcessRouteCache::BytesOfEntry;
        for (unsigned i = 10; i < 1000; ++i) {
            QCOMPARE(cache.routeId(now + Seconds(301), keyOf(i), idOf(i)), idOf(i));
            QVERIFY(cache.bytes() <= limits.routeCacheBytes);
        }
        QCOMPARE(cache.routeId(now + Seconds(302), keyOf(999), idOf(1)), idOf(999));
        QCOMPARE(cache.routeId(now + Seconds(302), keyOf(900), idOf(1)), idOf(900));
        QCOMPARE(cache.routeId(now + Seconds(302), keyOf(899), idOf(1)), idOf(1)); // the oldest
    }
};

QTEST_APPLESS_MAIN(BucketsTest)
#include "buckets_test.moc"
