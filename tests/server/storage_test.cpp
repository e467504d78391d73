// SPDX-License-Identifier: GPL-3.0-or-later
// The storage, on SQLite always, and on a PostgreSQL that the test's environment names
// (HIGGS_TEST_POSTGRES=postgresql://...).
#include "server/storage/await.h"
#include "server/storage/postgres_fault.h"
#include "server/storage/sql_storage.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

using namespace higgs;
using namespace higgs::server;

namespace {

NodeRecord fullNode(const char *id, std::uint8_t key)
{
    NodeRecord node;
    node.id = *NodeId::parse(id);
    node.publicKey = *protocol::KeyText::parse(toBase64(Bytes(32, key)));
    node.natType = protocol::NatType::PortRestricted;
    node.localPort = 65535;
    node.ipv4 = *IpAddress::parse("192.168.1.1");
    node.ipv6 = *IpAddress::parse("2001:db8::1");
    node.mapped = *Endpoint::parse("[2001:db8::1]:51820");
    node.from = *IpAddress::parse("2001:db8::1");
    node.maxConnections = 10000;
    node.bandwidthUp = 0.5;
    node.bandwidthDown = 1e9;
    node.country = *protocol::CountryCode::parse("US");
    node.region = "US-CA'; DROP TABLE nodes; --";
    node.latitude = 37.7749;
    node.longitude = -122.4194;
    node.heartbeatInterval = Seconds(300);
    node.tokenGeneration = "abc";
    node.accessKey = "digest";
    node.lastProof = 1'700'000'000'001;
    node.registeredAt = {1'700'000'000'002};
    node.lastSeen = {1'700'000'000'003};
    return node;
}

constexpr std::size_t AllRows = 1'000'000;
constexpr const char *NodeA = "00000000-0000-4000-8000-00000000000a";
constexpr const char *NodeB = "00000000-0000-4000-8000-00000000000b";

} // namespace

class StorageTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    int m_next = 0;

    std::string freshUrl(const QByteArray &kind)
    {
        if (kind == "postgres")
            return qEnvironmentVariable("HIGGS_TEST_POSTGRES").toStdString();
        return "sqlite:" + m_dir.filePath(QString::number(m_next++)).toStdString();
    }

    static void kinds()
    {
        QTest::addColumn<QByteArray>("kind");
        QTest::newRow("sqlite") << QByteArray("sqlite");
        if (qEnvironmentVariableIsSet("HIGGS_TEST_POSTGRES"))
            QTest::newRow("postgres") << QByteArray("postgres");
    }

    std::unique_ptr<SqlStorage> open(const std::string &url)
    {
        auto storage = SqlStorage::open(*DatabaseUrl::parse(url));
        if (!storage) {
            qWarning("%s", storage.error().detail.c_str());
            return nullptr;
        }
        // A database that earlier rows have used is emptied first.
        const auto before = await(**storage, &Storage::load, WallTime{0});
        for (const NodeRecord &node : before->nodes)
            (void)await(**storage, &Storage::removeNode, node.id);
        for (const AccessKeyRecord &key : before->accessKeys)
            (void)await(**storage, &Storage::removeAccessKey, key.name);
        (void)await(**storage, &Storage::sweepSessions, WallTime{INT64_MAX}, AllRows);
        return std::move(*storage);
    }

private Q_SLOTS:
    void nodesComeBackAsTheyWere_data() { kinds(); }
    void nodesComeBackAsTheyWere()
    {
        QFETCH(QByteArray, kind);
        const std::string url = freshUrl(kind);
        NodeRecord full = fullNode(NodeA, 1);
        NodeRecord bare;
        bare.id = *NodeId::parse(NodeB);
        bare.publicKey = *protocol::KeyText::parse(toBase64(Bytes(32, 2)));
        bare.country = *protocol::CountryCode::parse("DE");
        bare.approved = false;
        {
            const auto storage = open(url);
            QVERIFY(storage != nullptr);
            QVERIFY(await(*storage, &Storage::saveNode, full));
            QVERIFY(await(*storage, &Storage::saveNode, bare));
            full.maxConnections = 5;
            QVERIFY(await(*storage, &Storage::saveNode, full));
        }
        auto storage = SqlStorage::open(*DatabaseUrl::parse(url));
        QVERIFY(storage);
        auto state = await(**storage, &Storage::load, WallTime{0});
        std::sort(state->nodes.begin(), state->nodes.end(),
                  [](const auto &a, const auto &b) { return a.id < b.id; });
        QCOMPARE(state->nodes.size(), std::size_t(2));
        QVERIFY(state->nodes[0] == full);
        QVERIFY(state->nodes[1] == bare);
    }

    void everyCallIsAnsweredOnce_data() { kinds(); }
    /// Also when its time is over just as its turn comes, before anybody has looked for late ones.
    void everyCallIsAnsweredOnce()
    {
        QFETCH(QByteArray, kind);
        const std::string url = freshUrl(kind);
        QVERIFY(open(url) != nullptr);
        SqlStorage hasty(*DatabaseUrl::parse(url), Milliseconds(300));
        QVERIFY(await(hasty, &Storage::probe));
        QObject context;
        std::vector<int> answers(10'000); // more than it does in that time
        for (int &answer : answers)
            hasty.probe({&context, [&answer](const auto & /*revision*/) { ++answer; }});
        QTRY_VERIFY_WITH_TIMEOUT(
            std::all_of(answers.begin(), answers.end(), [](int each) { return each == 1; }),
            30'000);
    }

    void aKeyBelongsToOneNode_data() { kinds(); }
    void aKeyBelongsToOneNode()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        QVERIFY(await(*storage, &Storage::saveNode, fullNode(NodeA, 1)));
        const auto thief = await(*storage, &Storage::saveNode, fullNode(NodeB, 1));
        QVERIFY(!thief);
        QCOMPARE(thief.error().code, ErrorCode::AlreadyExists);
        QVERIFY(await(*storage, &Storage::saveNode, fullNode(NodeB, 2)));
    }

    void administrationRaisesTheRevision_data() { kinds(); }
    void administrationRaisesTheRevision()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        NodeRecord node = fullNode(NodeA, 1);
        node.approved = false;
        QVERIFY(await(*storage, &Storage::saveNode, node));
        const std::int64_t before = *await(*storage, &Storage::probe);
        QVERIFY(await(*storage, &Storage::approveNode, node.id, true));
        QVERIFY(await(*storage, &Storage::load, WallTime{0})->nodes[0].approved);
        // A registration does not take the approval back.
        QVERIFY(await(*storage, &Storage::saveNode, node));
        QVERIFY(await(*storage, &Storage::load, WallTime{0})->nodes[0].approved);
        QVERIFY(await(*storage, &Storage::addAccessKey, AccessKeyRecord{"alice", "digest", {5}}));
        QCOMPARE(await(*storage, &Storage::addAccessKey, AccessKeyRecord{"alice", "other", {5}})
                     .error()
                     .code,
                 ErrorCode::AlreadyExists);
        QCOMPARE(await(*storage, &Storage::load, WallTime{0})->accessKeys,
                 (std::vector<AccessKeyRecord>{{"alice", "digest", {5}}}));
        AccessKeyRecord changed{"alice", "digest", {5}, "note", WallTime{7}, {}, 3, 4};
        for (const KeyPurpose purpose : {KeyPurpose::Share, KeyPurpose::Any, KeyPurpose::Use}) {
            changed.purpose = purpose;
            QVERIFY(await(*storage, &Storage::setAccessKey, changed));
            QCOMPARE(await(*storage, &Storage::load, WallTime{0})->accessKeys,
                     std::vector<AccessKeyRecord>{changed});
        }
        QVERIFY(await(*storage, &Storage::removeAccessKey, "alice"));
        QCOMPARE(await(*storage, &Storage::removeAccessKey, "alice").error().code,
                 ErrorCode::NotFound);
        QVERIFY(await(*storage, &Storage::removeNode, node.id));
        QCOMPARE(await(*storage, &Storage::removeNode, node.id).error().code, ErrorCode::NotFound);
        QCOMPARE(*await(*storage, &Storage::probe), before + 7);
    }

    void homesOfAKeyAreCounted_data() { kinds(); }
    void homesOfAKeyAreCounted()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        const auto claim = [&](const char *id, std::uint8_t key, std::size_t homes) {
            const auto done =
                await(*storage, &Storage::claimNode, NodeClaim{fullNode(id, key), homes});
            return done ? ErrorCode::Internal : done.error().code;
        };
        QCOMPARE(claim(NodeA, 1, 1), ErrorCode::Internal);
        QCOMPARE(claim(NodeB, 2, 1), ErrorCode::Forbidden);
        QCOMPARE(claim(NodeA, 3, 1), ErrorCode::Internal); // the same home, with another key pair
        QCOMPARE(await(*storage, &Storage::load, WallTime{0})->nodes.size(), std::size_t(1));
        QCOMPARE(claim(NodeB, 2, 2), ErrorCode::Internal);
        QCOMPARE(claim(NodeB, 2, 1), ErrorCode::Internal);
    }

    void ordersAreKeptUntilTheNodeWasTold_data() { kinds(); }
    void ordersAreKeptUntilTheNodeWasTold()
    {
        QFETCH(QByteArray, kind);
        using Kind = NodeOrder::Kind;
        const auto storage = open(freshUrl(kind));
        const NodeRecord node = fullNode(NodeA, 1);
        const NodeOrder early{node.id, Kind::Maintenance, false, {}, {100}};
        QCOMPARE(await(*storage, &Storage::orderNode, early).error().code, ErrorCode::NotFound);
        QVERIFY(await(*storage, &Storage::saveNode, node));
        const std::int64_t before = *await(*storage, &Storage::probe);
        const NodeOrder restart{node.id, Kind::Restart, false, {}, {200}};
        const NodeOrder empty{node.id, Kind::Maintenance, true, Seconds(60), {300}};
        for (const NodeOrder &order : {early, restart, empty})
            QVERIFY(await(*storage, &Storage::orderNode, order));
        QCOMPARE(*await(*storage, &Storage::probe), before + 3);
        QVERIFY(
            await(*storage, &Storage::saveNode, node)); // a registration does not end maintenance
        auto state = await(*storage, &Storage::load, WallTime{0});
        QVERIFY(state->nodes[0].maintenance);
        QCOMPARE(state->orders, (std::vector<NodeOrder>{restart, empty}));
        QVERIFY(await(*storage, &Storage::forgetOrders, std::vector{restart, early}));
        state = await(*storage, &Storage::load, WallTime{0});
        QCOMPARE(state->orders, std::vector<NodeOrder>{empty});
        QVERIFY(await(*storage, &Storage::removeNode, node.id));
        QVERIFY(await(*storage, &Storage::load, WallTime{0})->orders.empty());
    }

    void bansStayUntilTheyAreLifted_data() { kinds(); }
    void bansStayUntilTheyAreLifted()
    {
        QFETCH(QByteArray, kind);
        using Kind = BanRecord::Kind;
        const auto storage = open(freshUrl(kind));
        const auto before = await(*storage, &Storage::load, WallTime{0});
        for (const BanRecord &left : before->bans)
            QVERIFY(await(*storage, &Storage::removeBan, left.kind, left.subject));
        const NodeRecord node = fullNode(NodeA, 1);
        QVERIFY(await(*storage, &Storage::saveNode, node));
        const std::int64_t revision = *await(*storage, &Storage::probe);
        QVERIFY(await(*storage, &Storage::saveBan,
                      BanRecord{Kind::Network, "9.9.9.0/24", "", "floods", {100}, {}}));
        QVERIFY(await(*storage, &Storage::saveBan,
                      BanRecord{Kind::Key, "alice", "", "", {101}, WallTime{200}}));
        // A removed node is a banned one, with the key that it had.
        QVERIFY(await(*storage, &Storage::removeNode, node.id));
        QCOMPARE(*await(*storage, &Storage::probe), revision + 3);
        auto bans = await(*storage, &Storage::load, WallTime{0})->bans;
        QCOMPARE(bans.size(), std::size_t(3));
        QCOMPARE(bans[1].until, std::optional(WallTime{200}));
        QCOMPARE(bans[2].subject, node.id.text());
        QCOMPARE(bans[2].nodeKey, node.publicKey.text());
        // Banned once more when its row is gone, the key is not forgotten; what has ended is.
        QVERIFY(await(*storage, &Storage::saveBan,
                      BanRecord{Kind::Node, node.id.text(), "", "again", {300}, {}}));
        bans = await(*storage, &Storage::load, WallTime{0})->bans;
        QCOMPARE(bans.size(), std::size_t(2));
        QCOMPARE(bans[1].nodeKey, node.publicKey.text());
        QVERIFY(await(*storage, &Storage::removeBan, Kind::Network, std::string("9.9.9.0/24")));
        QCOMPARE(await(*storage, &Storage::removeBan, Kind::Network, std::string("9.9.9.0/24"))
                     .error()
                     .code,
                 ErrorCode::NotFound);
        QVERIFY(await(*storage, &Storage::removeBan, Kind::Node, node.id.text()));
    }

    void silentNodesAreForgottenAtOnce_data() { kinds(); }
    void silentNodesAreForgottenAtOnce()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        const NodeRecord node = fullNode(NodeA, 1);
        QVERIFY(await(*storage, &Storage::saveNode, node));
        const std::int64_t before = *await(*storage, &Storage::probe);
        QVERIFY(
            await(*storage, &Storage::forgetNodes, std::vector{node.id, *NodeId::parse(NodeB)}));
        QVERIFY(await(*storage, &Storage::load, WallTime{0})->nodes.empty());
        QCOMPARE(*await(*storage, &Storage::probe), before); // the server knows
    }

    void sessionsLiveUntilTheyEnd_data() { kinds(); }
    void sessionsLiveUntilTheyEnd()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        SessionRecord session;
        session.id = *SessionId::parse("00000000-0000-4000-8000-000000000001");
        session.node = *NodeId::parse(NodeA);
        session.client = *ClientId::parse(NodeB);
        session.route = *RouteId::parse(NodeB);
        session.clientGroup = "group";
        session.routeType = protocol::RouteType::Direct;
        session.tokenDigest = "digest";
        session.clientKey = *protocol::KeyText::parse(toBase64(Bytes(32, 3)));
        session.clientNatType = protocol::NatType::Symmetric;
        session.clientMapped = *Endpoint::parse("203.0.113.1:1");
        session.addressIndex = 0xfffd;
        session.createdAt = {1000};
        session.expiresAt = {5000};
        QVERIFY(await(*storage, &Storage::saveSession, session));
        QCOMPARE(await(*storage, &Storage::load, WallTime{4999})->sessions,
                 std::vector<SessionRecord>{session});
        QVERIFY(await(*storage, &Storage::load, WallTime{5000})->sessions.empty());
        QVERIFY(await(*storage, &Storage::extendSession, session.id, WallTime{9000}));
        QCOMPARE(await(*storage, &Storage::load, WallTime{5000})->sessions.size(), std::size_t(1));
        QVERIFY(await(*storage, &Storage::sweepSessions, WallTime{5000}, AllRows));
        QCOMPARE(await(*storage, &Storage::load, WallTime{5000})->sessions.size(), std::size_t(1));
        QVERIFY(await(*storage, &Storage::endSession, session.id, SessionEnding{}));
        QVERIFY(await(*storage, &Storage::load, WallTime{0})->sessions.empty());
        QVERIFY(await(*storage, &Storage::sweepSessions, WallTime{0}, AllRows));
        QVERIFY(await(*storage, &Storage::saveSession, session));
    }

    void metricsAreWrittenAndTrimmed_data() { kinds(); }
    void metricsAreWrittenAndTrimmed()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        QVERIFY(await(*storage, &Storage::saveNode, fullNode(NodeA, 1)));
        std::vector<MetricsRecord> records(3);
        for (std::size_t i = 0; i < records.size(); ++i) {
            records[i].node = *NodeId::parse(NodeA);
            records[i].minute = {static_cast<std::int64_t>(i) * 60000};
            records[i].latency = 1.5;
        }
        QVERIFY(await(*storage, &Storage::appendMetrics, records));
        QVERIFY(await(*storage, &Storage::appendMetrics, records));
        // Minutes become hours: one row, and it is trimmed, and goes with its node.
        QCOMPARE(*await(*storage, &Storage::trimMetrics, WallTime{0}, AllRows), std::size_t(0));
        QCOMPARE(*await(*storage, &Storage::trimMetrics, WallTime{1}, AllRows), std::size_t(1));
        QVERIFY(await(*storage, &Storage::appendMetrics, records));
        QVERIFY(await(*storage, &Storage::removeNode, *NodeId::parse(NodeA)));
        QCOMPARE(*await(*storage, &Storage::trimMetrics, WallTime{1}, AllRows), std::size_t(0));
        QVERIFY(await(*storage, &Storage::touchNodes,
                      std::vector<std::pair<NodeId, WallTime>>{{*NodeId::parse(NodeA), {7}}}));
    }

    void aLostFileIsUnavailableAndComesBack()
    {
        const std::string url = freshUrl("sqlite");
        const QString path = QString::fromStdString(url.substr(7));
        const auto storage = open(url);
        QVERIFY(await(*storage, &Storage::probe));
        QVERIFY(QFile::rename(path, path + QStringLiteral(".away")));
        QCOMPARE(await(*storage, &Storage::probe).error().code, ErrorCode::Unavailable);
        QVERIFY(QFile::rename(path + QStringLiteral(".away"), path));
        QVERIFY(await(*storage, &Storage::probe));
    }

    void whoseFaultAConnectionIs_data()
    {
        QTest::addColumn<bool>("operators");
        const auto row = [](const char *text, bool operators) { QTest::newRow(text) << operators; };
        row("FATAL: password authentication failed for user \"boson\"", true);
        row("FATAL: database \"nowhere\" does not exist", true);
        row("FATAL: role \"nobody\" does not exist", true);
        row("FATAL: no pg_hba.conf entry for host \"10.0.0.1\", user \"b\"", true);
        row("server does not support SSL, but SSL was required", true);
        row("SSL error: certificate verify failed", true);
        row("server certificate for \"a\" does not match host name \"b\"", true);
        row("fe_sendauth: no password supplied", true);
        row("connection to server at \"db\", port 5432 failed: Connection refused", false);
        row("connection to server on socket \"/x\" failed: No such file or directory", false);
        row("could not translate host name \"db\" to address: Name or service not known", false);
        row("FATAL: the database system is starting up", false);
        row("FATAL: sorry, too many clients already", false);
        row("timeout expired", false);
    }

    void whoseFaultAConnectionIs()
    {
        QFETCH(bool, operators);
        QCOMPARE(isOperatorsFault(QTest::currentDataTag()), operators);
    }

    void urls()
    {
        QCOMPARE(DatabaseUrl::parse("sqlite:/a b")->path, std::string("/a b"));
        QCOMPARE(DatabaseUrl::parse("sqlite:/#1?/100%/b.db")->path, std::string("/#1?/100%/b.db"));
        QVERIFY(!DatabaseUrl::parse("sqlite:/#1?/b.db?mode=ro"));
        const auto url = *DatabaseUrl::parse("postgresql://u:p%40w@db.example:5433/boson");
        QCOMPARE(url.host, std::string("db.example"));
        QCOMPARE(url.ports, std::string("5433"));
        QCOMPARE(url.name, std::string("boson"));
        QCOMPARE(url.password, std::string("p@w"));
        QVERIFY(url.toString().find("p@w") == std::string::npos);
        for (const char *bad : {"", "sqlite:", "mysql://h/d", "postgresql://h", "postgresql://h/"})
            QVERIFY2(!DatabaseUrl::parse(bad), bad);
    }
};

QTEST_GUILESS_MAIN(StorageTest)
#include "storage_test.moc"
