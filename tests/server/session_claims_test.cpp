// SPDX-License-Identifier: GPL-3.0-or-later
// What only one of several servers may have, and which of them are there: on SQLite always, and on
// a PostgreSQL that the test's environment names (HIGGS_TEST_POSTGRES=postgresql://...).
#include "server/cluster/instance_directory.h"
#include "server/storage/await.h"
#include "server/storage/sql_storage.h"

#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::server;

namespace {

template <typename Id>
Id id(unsigned n)
{
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", n);
    return *Id::parse(text);
}

SessionRecord session(unsigned n, std::uint32_t address, unsigned node = 1)
{
    SessionRecord record;
    record.id = id<SessionId>(n);
    record.node = id<NodeId>(node);
    record.client = id<ClientId>(n);
    record.route = id<RouteId>(n);
    record.clientGroup = "group";
    record.tokenDigest = "digest";
    record.addressIndex = address;
    record.createdAt = {1000};
    record.expiresAt = {5000};
    record.instance = id<InstanceId>(1);
    return record;
}

NodeRecord node(unsigned places)
{
    NodeRecord record;
    record.id = id<NodeId>(1);
    record.publicKey = *protocol::KeyText::parse(toBase64(Bytes(32, 7)));
    record.country = *protocol::CountryCode::parse("US");
    record.maxConnections = places;
    return record;
}

Instance instance(unsigned n)
{
    return {id<InstanceId>(n), n, "boson-" + std::to_string(n) + ".example", 3000};
}

constexpr BootTime Start{5'000'000};

} // namespace

class SessionClaimsTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    std::unique_ptr<SqlStorage> m_one; ///< two servers on one database
    std::unique_ptr<SqlStorage> m_two;

    static void kinds()
    {
        QTest::addColumn<QByteArray>("kind");
        QTest::newRow("sqlite") << QByteArray("sqlite");
        if (qEnvironmentVariableIsSet("HIGGS_TEST_POSTGRES"))
            QTest::newRow("postgres") << QByteArray("postgres");
    }

    void openBoth()
    {
        QFETCH_GLOBAL(QByteArray, kind);
        m_one.reset();
        m_two.reset();
        const std::string url =
            kind == "postgres" ? qEnvironmentVariable("HIGGS_TEST_POSTGRES").toStdString()
                               : "sqlite:" + m_dir.filePath(QStringLiteral("db")).toStdString();
        m_one = std::move(*SqlStorage::open(*DatabaseUrl::parse(url)));
        m_two = std::move(*SqlStorage::open(*DatabaseUrl::parse(url)));
    }

    ErrorCode refusal(SqlStorage &storage, SessionClaim claim)
    {
        const auto done = await(storage, &Storage::claimSessions, claim);
        return done ? ErrorCode::Internal : done.error().code;
    }

private Q_SLOTS:
    void initTestCase_data() { kinds(); }
    void initTestCase() {}

    void init()
    {
        openBoth();
        static_cast<void>(await(*m_one, &Storage::eraseNode, id<NodeId>(1)));
        static_cast<void>(await(*m_one, &Storage::eraseNode, id<NodeId>(2)));
    }

    void anAddressIsGivenOnce()
    {
        QVERIFY(await(*m_one, &Storage::saveSession, session(1, 2)));
        QCOMPARE(refusal(*m_two, {{session(2, 2)}, {}, 0}), ErrorCode::AlreadyExists);
        // Another node has addresses of its own, and a cascade stands or falls as one.
        QVERIFY(await(*m_two, &Storage::saveSession, session(3, 2, 2)));
        QCOMPARE(refusal(*m_two, {{session(4, 3), session(5, 2, 2)}, {}, 0}),
                 ErrorCode::AlreadyExists);
        QCOMPARE(await(*m_one, &Storage::load, WallTime{1000})->sessions.size(), std::size_t(2));
        // It is free again with its session's end.
        QVERIFY(await(*m_one, &Storage::endSession, id<SessionId>(1), SessionEnding{}));
        QVERIFY(await(*m_two, &Storage::saveSession, session(6, 2)));
    }

    void anExpiredSessionHasNoAddress()
    {
        QVERIFY(await(*m_one, &Storage::saveSession, session(1, 2)));
        SessionRecord late = session(2, 2);
        late.createdAt = {5000};
        late.expiresAt = {9000};
        QVERIFY(await(*m_two, &Storage::saveSession, late));
    }

    void placesAreCountedByTheDatabase()
    {
        QVERIFY(await(*m_one, &Storage::saveNode, node(2)));
        SessionRecord other = session(2, 3);
        other.clientGroup = "another";
        QVERIFY(await(*m_one, &Storage::claimSessions, SessionClaim{{session(1, 2)}, {}, 8}));
        QVERIFY(await(*m_two, &Storage::claimSessions, SessionClaim{{other}, {}, 8}));
        SessionRecord third = session(3, 4);
        third.clientGroup = "yet another";
        QCOMPARE(refusal(*m_one, {{third}, {}, 8}), ErrorCode::TooLarge);
    }

    void clientsAreCountedByTheDatabase()
    {
        QVERIFY(await(*m_one, &Storage::saveNode, node(100)));
        QVERIFY(await(*m_one, &Storage::claimSessions, SessionClaim{{session(1, 2)}, {}, 2}));
        QVERIFY(await(*m_two, &Storage::claimSessions, SessionClaim{{session(2, 3)}, {}, 2}));
        QCOMPARE(refusal(*m_two, {{session(3, 4)}, {}, 2}), ErrorCode::RateLimited);
        // One of them gives way.
        const SessionClaim giving{{session(3, 4)}, {id<SessionId>(1)}, 2};
        QVERIFY(await(*m_two, &Storage::claimSessions, giving));
    }

    void usersOfAKeyAreCountedByTheDatabase()
    {
        QVERIFY(await(*m_one, &Storage::saveNode, node(100)));
        const auto ofKey = [](const char *name, unsigned n) {
            SessionRecord record = session(n, n + 1);
            record.clientGroup = clientGroupOfKey(name) + '|' + std::to_string(n);
            return record;
        };
        const auto claimed = [](SqlStorage &storage, const SessionClaim &claim) {
            return await(storage, &Storage::claimSessions, claim).has_value();
        };
        QVERIFY(claimed(*m_one, {{ofKey("few", 1)}, {}, 8, 2}));
        QVERIFY(claimed(*m_two, {{ofKey("few", 2)}, {}, 8, 2}));
        QCOMPARE(refusal(*m_two, {{ofKey("few", 3)}, {}, 8, 2}), ErrorCode::Forbidden);
        QVERIFY(claimed(*m_two, {{ofKey("another", 4)}, {}, 8, 1}));
        // A cascade's two, of which one finds room.
        QVERIFY(claimed(*m_two, {{ofKey("few", 5)}, {id<SessionId>(1)}, 8, 2}));
        QVERIFY(await(*m_one, &Storage::endSession, id<SessionId>(1), SessionEnding{}));
        QVERIFY(await(*m_one, &Storage::endSession, id<SessionId>(2), SessionEnding{}));
        SessionRecord onward = ofKey("few", 6);
        onward.node = id<NodeId>(2);
        QCOMPARE(refusal(*m_one, {{ofKey("few", 7), onward}, {}, 8, 2}), ErrorCode::TooLarge);
        onward.node = id<NodeId>(1);
        QCOMPARE(refusal(*m_one, {{ofKey("few", 7), onward}, {}, 8, 2}), ErrorCode::Forbidden);
        QVERIFY(await(*m_one, &Storage::endSession, id<SessionId>(5), SessionEnding{}));
        QVERIFY(claimed(*m_one, {{ofKey("few", 7), onward}, {}, 8, 2}));
    }

    /// Whoever counts waits for whoever counts the same.
    void usersOfAKeyWhoComeAtOnceAreCounted()
    {
        QVERIFY(await(*m_one, &Storage::saveNode, node(100)));
        constexpr int Rounds = 20;
        for (unsigned round = 0; round < Rounds; ++round) {
            const std::string key = clientGroupOfKey("key" + std::to_string(round));
            QObject context;
            int answers = 0;
            int admitted = 0;
            SqlStorage *const servers[] = {m_one.get(), m_two.get()};
            for (unsigned i = 0; i < 2; ++i) {
                const unsigned n = 2 * round + i + 1;
                SessionRecord record = session(n, n + 1);
                record.clientGroup = key + '|' + std::to_string(i);
                servers[i]->claimSessions({{record}, {}, 8, 1},
                                          {&context, [&](const Result<void> &done) {
                                               ++answers;
                                               admitted += done ? 1 : 0;
                                           }});
            }
            QTRY_COMPARE_WITH_TIMEOUT(answers, 2, 10'000);
            QCOMPARE(admitted, 1);
        }
    }

    void homesOfAKeyThatComeAtOnceAreCounted()
    {
        constexpr unsigned Rounds = 20;
        for (unsigned round = 0; round < Rounds; ++round) {
            QObject context;
            int answers = 0;
            int admitted = 0;
            SqlStorage *const servers[] = {m_one.get(), m_two.get()};
            for (unsigned i = 0; i < 2; ++i) {
                NodeRecord home = node(1);
                home.id = id<NodeId>(i + 1);
                home.publicKey = *protocol::KeyText::parse(
                    toBase64(Bytes(32, static_cast<std::uint8_t>(i + 1))));
                home.accessKey = "digest";
                servers[i]->claimNode({home, 1}, {&context, [&](const Result<void> &done) {
                                                      ++answers;
                                                      admitted += done ? 1 : 0;
                                                  }});
            }
            QTRY_COMPARE_WITH_TIMEOUT(answers, 2, 10'000);
            QCOMPARE(admitted, 1);
            for (unsigned i = 0; i < 2; ++i)
                static_cast<void>(await(*m_one, &Storage::eraseNode, id<NodeId>(i + 1)));
        }
    }

    void oneServerAtATimeTakesASessionOver()
    {
        QVERIFY(await(*m_one, &Storage::saveSession, session(1, 2)));
        const auto move = [](SqlStorage &storage, unsigned from, unsigned to) {
            return await(storage, &Storage::moveSession, id<SessionId>(1), id<InstanceId>(from),
                         id<InstanceId>(to));
        };
        QVERIFY(move(*m_one, 1, 2));
        QCOMPARE(move(*m_two, 1, 3).error().code, ErrorCode::NotFound);
        QCOMPARE(await(*m_two, &Storage::load, WallTime{1000})->sessions.front().instance,
                 id<InstanceId>(2));
        QVERIFY(await(*m_one, &Storage::endSession, id<SessionId>(1), SessionEnding{}));
        QCOMPARE(move(*m_two, 2, 3).error().code, ErrorCode::NotFound);
    }

    void aSessionEndsOnlyWhereItIsAsTheEnderKnows()
    {
        QVERIFY(await(*m_one, &Storage::saveSession, session(1, 2)));
        const auto end = [this](const SessionEnding &ending) {
            const auto done = await(*m_one, &Storage::endSession, id<SessionId>(1), ending);
            return done ? ErrorCode::Internal : done.error().code;
        };
        const auto isThere = [this] {
            return !await(*m_two, &Storage::load, WallTime{1000})->sessions.empty();
        };
        // Another server relays it by now, or has renewed it.
        QCOMPARE(end({SessionEnd::Closed, id<InstanceId>(2)}), ErrorCode::NotFound);
        QCOMPARE(end({SessionEnd::Closed, id<InstanceId>(1), WallTime{4999}}), ErrorCode::NotFound);
        QVERIFY(isThere());
        QVERIFY(await(*m_two, &Storage::extendSession, id<SessionId>(1), WallTime{9000}));
        QVERIFY(await(*m_one, &Storage::extendSession, id<SessionId>(1), WallTime{6000}));
        QCOMPARE(end({SessionEnd::Closed, {}, WallTime{8999}}), ErrorCode::NotFound);
        QCOMPARE(end({SessionEnd::Closed, id<InstanceId>(1), WallTime{9000}}), ErrorCode::Internal);
        QVERIFY(!isThere());
        // What has ended is ended by anybody, and renewed by nobody.
        QCOMPARE(end({SessionEnd::Closed, id<InstanceId>(2)}), ErrorCode::Internal);
        const auto late =
            await(*m_two, &Storage::extendSession, id<SessionId>(1), WallTime{20'000});
        QCOMPARE(late.error().code, ErrorCode::NotFound);
        QVERIFY(!isThere());
    }

    void theWallClockOfOneMovesItsOwnSessions()
    {
        QVERIFY(await(*m_one, &Storage::saveSession, session(1, 2)));
        QVERIFY(await(*m_one, &Storage::shiftSessions, Seconds(1), id<InstanceId>(2)));
        QVERIFY(await(*m_one, &Storage::load, WallTime{5500})->sessions.empty());
        QVERIFY(await(*m_one, &Storage::shiftSessions, Seconds(1), id<InstanceId>(1)));
        QCOMPARE(await(*m_one, &Storage::load, WallTime{5500})->sessions.size(), std::size_t(1));
    }

    void whoIsSilentIsGone()
    {
        InstanceDirectory directory(instance(2));
        QCOMPARE(directory.heard(Start, instance(2)), InstanceDirectory::Heard::Refused);
        QCOMPARE(directory.heard(Start, instance(3)), InstanceDirectory::Heard::New);
        QCOMPARE(directory.heard(Start, instance(1)), InstanceDirectory::Heard::New);
        QCOMPARE(directory.heard(Start + Seconds(2), instance(1)), InstanceDirectory::Heard::Known);
        const auto told = directory.relayServers();
        QCOMPARE(told.size(), std::size_t(3));
        QCOMPARE(told[0].id, std::string("relay-2"));
        QCOMPARE(told[1].host, std::string("boson-1.example"));
        QCOMPARE(directory.sweep(Start + InstanceDirectory::LostAfter).size(), std::size_t(1));
        QCOMPARE(directory.find(id<InstanceId>(3)), nullptr);
        QVERIFY(directory.find(id<InstanceId>(1)) != nullptr);
        // A session of an earlier version has none, and is this one's.
        QCOMPARE(*directory.find(InstanceId()), instance(2));
    }

    void noMoreServersThanAnOperatorHas()
    {
        InstanceDirectory directory(instance(1));
        for (unsigned n = 2; n < 200; ++n)
            static_cast<void>(directory.heard(Start, instance(n)));
        QCOMPARE(directory.others(), InstanceDirectory::MaxOthers);
    }
};

QTEST_GUILESS_MAIN(SessionClaimsTest)
#include "session_claims_test.moc"
