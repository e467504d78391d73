// SPDX-License-Identifier: GPL-3.0-or-later
// The log in memory: bounded, and without what a person should not send to a stranger.
#include "shared/base/log_ring.h"

#include <QtTest>

using namespace higgs;

class TestLogRing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isBounded();
    void fillsFromTheLog();
    void redacts_data();
    void redacts();
};

void TestLogRing::isBounded()
{
    log::LogRing ring;
    for (std::size_t i = 0; i < log::MaxRingLines + 10; ++i)
        ring.add({{static_cast<std::int64_t>(i)}, log::Level::Info, "a", "b"});
    const auto all = ring.last(log::MaxRingLines * 2);
    QCOMPARE(all.size(), log::MaxRingLines);
    QCOMPARE(all.front().time.ms, 10);
    const auto two = ring.last(2);
    QCOMPARE(two.size(), std::size_t(2));
    QCOMPARE(two.back().time.ms, static_cast<std::int64_t>(log::MaxRingLines + 9));
}

void TestLogRing::fillsFromTheLog()
{
    {
        log::LogRing ring;
        log::keepLines(ring);
        log::warning("client", "lost", {{"address", "203.0.113.9:3000"}, {"times", 3}});
        log::debug("client", "below the threshold");
        const auto lines = ring.last(10);
        QCOMPARE(lines.size(), std::size_t(1));
        QCOMPARE(lines[0].area, std::string("client"));
        QCOMPARE(lines[0].text, std::string("lost address=203.0.x.x:3000 times=3"));
        QVERIFY(lines[0].level == log::Level::Warning);
    }
    log::info("client", "after the ring"); // must not touch what is gone
}

void TestLogRing::redacts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("plain") << QByteArray("state from=connecting to=connected")
                           << QByteArray("state from=connecting to=connected");
    QTest::newRow("v4") << QByteArray("connect 198.51.100.7: refused")
                        << QByteArray("connect 198.51.x.x: refused");
    QTest::newRow("private") << QByteArray("gateway 192.168.1.1 127.0.0.1")
                             << QByteArray("gateway 192.168.1.1 127.0.0.1");
    QTest::newRow("v6") << QByteArray("[2001:db8:51::80]:443") << QByteArray("[2001:db8:x]:443");
    QTest::newRow("wireguard key")
        << QByteArray("peer=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= up")
        << QByteArray("peer=*** up");
    QTest::newRow("token")
        << QByteArray("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl1")
        << QByteArray("Bearer ***");
    QTest::newRow("id") << QByteArray("node=3b241101-e2bb-4255-8caf-4136c566a962")
                        << QByteArray("node=3b241101-e2bb-4255-8caf-4136c566a962");
    QTest::newRow("path") << QByteArray("open /var/lib/higgs-vpn/client-network.json.of.1.day: no")
                          << QByteArray("open /var/lib/higgs-vpn/client-network.json.of.1.day: no");
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("only separators") << QByteArray("=:. =") << QByteArray("=:. =");
}

void TestLogRing::redacts()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    QCOMPARE(log::redacted(text.toStdString()), expected.toStdString());
}

QTEST_APPLESS_MAIN(TestLogRing)
#include "log_ring_test.moc"
