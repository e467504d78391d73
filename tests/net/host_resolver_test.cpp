// SPDX-License-Identifier: GPL-3.0-or-later
// Names to addresses by the system's resolver; that nothing is remembered is held by the scenario
// of a server that moves.
#include "shared/net/host_resolver.h"

#include <QTest>
#include <optional>

using namespace higgs;

namespace {

using Found = Result<std::vector<IpAddress>>;

class HostResolverTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void literalsAreThemselves()
    {
        QObject context;
        std::optional<Found> found;
        resolveHost("2001:db8::7", {&context, [&](const Found &answer) { found = answer; }});
        QVERIFY(!found); // never before the question has returned
        QTRY_VERIFY(found);
        QVERIFY(found->has_value());
        QCOMPARE((*found)->front().toString(), std::string("2001:db8::7"));
    }

    void namesAreAskedFor()
    {
        QObject context;
        std::optional<Found> found;
        resolveHost("localhost", {&context, [&](const Found &answer) { found = answer; }});
        QVERIFY(!found);
        QTRY_VERIFY_WITH_TIMEOUT(found, 60'000);
        QVERIFY(found->has_value());
        QVERIFY((*found)->front().isLoopback());
    }

    void whoIsGoneHearsNothing()
    {
        bool heard = false;
        {
            QObject context;
            resolveHost("localhost", {&context, [&](const Found &) { heard = true; }});
        }
        QObject other; // asked later, and so answered when the first has been
        std::optional<Found> found;
        resolveHost("localhost", {&other, [&](const Found &answer) { found = answer; }});
        QTRY_VERIFY_WITH_TIMEOUT(found, 60'000);
        QVERIFY(!heard);
    }
};

} // namespace

QTEST_GUILESS_MAIN(HostResolverTest)
#include "host_resolver_test.moc"
