// SPDX-License-Identifier: GPL-3.0-or-later
// The storage, on SQLite always, and on a PostgreSQL that the test's environment names
// (HIGGS_TEST_POSTGRES=postgresql://...).
#include "server/storage/sql_storage.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::server;

namespace {

template <typename T>
Result<T> wait(QFuture<Result<T>> future)
{
    future.waitForFinished();
    return future.result();
}

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
    node.maxConnections = 10000;
    node.bandwidthUp = 0.5;
    node.bandwidthDown = 1e9;
    node.country = *protocol::CountryCode::parse("US");
    node.region = "US-CA'; DROP TABLE nodes; --";
    node.latitude = 37.7749;
    node.longitude = -122.4194;
    node.heartbeatInterval = Seconds(300);
    node.tokenGeneration = "abc";
    node.lastProof = 1'700'000'000'001;
    node.registeredAt = {1'700'000'000'002};
    node.lastSeen = {1'700'000'000'003};
    return node;
}

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
        const auto before = wait((*storage)->load({0}));
        for (const NodeRecord &node : before->nodes)
            (void)wait((*storage)->removeNode(node.id));
        for (const AccessKeyRecord &key : before->accessKeys)
            (void)wait((*storage)->removeAccessKey(key.name));
        (void)wait((*storage)->sweepSessions({INT64_MAX}));
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
            QVERIFY(wait(storage->saveNode(full)));
            QVERIFY(wait(storage->saveNode(bare)));
            full.maxConnections = 5;
            QVERIFY(wait(storage->saveNode(full)));
        }
        auto storage = SqlStorage::open(*DatabaseUrl::parse(url));
        QVERIFY(storage);
        auto state = wait((*storage)->load({0}));
        std::sort(state->nodes.begin(), state->nodes.end(),
                  [](const auto &a, const auto &b) { return a.id < b.id; });
        QCOMPARE(state->nodes.size(), std::size_t(2));
        QVERIFY(state->nodes[0] == full);
        QVERIFY(state->nodes[1] == bare);
    }

    void aKeyBelongsToOneNode_data() { kinds(); }
    void aKeyBelongsToOneNode()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        QVERIFY(wait(storage->saveNode(fullNode(NodeA, 1))));
        const auto thief = wait(storage->saveNode(fullNode(NodeB, 1)));
        QVERIFY(!thief);
        QCOMPARE(thief.error().code, ErrorCode::AlreadyExists);
        QVERIFY(wait(storage->saveNode(fullNode(NodeB, 2))));
    }

    void administrationRaisesTheRevision_data() { kinds(); }
    void administrationRaisesTheRevision()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        NodeRecord node = fullNode(NodeA, 1);
        node.approved = false;
        QVERIFY(wait(storage->saveNode(node)));
        const std::int64_t before = *wait(storage->probe());
        QVERIFY(wait(storage->approveNode(node.id)));
        QVERIFY(wait(storage->load({0}))->nodes[0].approved);
        // A registration does not take the approval back.
        QVERIFY(wait(storage->saveNode(node)));
        QVERIFY(wait(storage->load({0}))->nodes[0].approved);
        QVERIFY(wait(storage->addAccessKey({"alice", "digest", {5}})));
        QCOMPARE(wait(storage->addAccessKey({"alice", "other", {5}})).error().code,
                 ErrorCode::AlreadyExists);
        QCOMPARE(wait(storage->load({0}))->accessKeys,
                 (std::vector<AccessKeyRecord>{{"alice", "digest", {5}}}));
        QVERIFY(wait(storage->removeAccessKey("alice")));
        QCOMPARE(wait(storage->removeAccessKey("alice")).error().code, ErrorCode::NotFound);
        QVERIFY(wait(storage->removeNode(node.id)));
        QCOMPARE(wait(storage->removeNode(node.id)).error().code, ErrorCode::NotFound);
        QCOMPARE(*wait(storage->probe()), before + 4);
    }

    void ordersAreKeptUntilTheNodeWasTold_data() { kinds(); }
    void ordersAreKeptUntilTheNodeWasTold()
    {
        QFETCH(QByteArray, kind);
        using Kind = NodeOrder::Kind;
        const auto storage = open(freshUrl(kind));
        const NodeRecord node = fullNode(NodeA, 1);
        const NodeOrder early{node.id, Kind::Maintenance, false, {}, {100}};
        QCOMPARE(wait(storage->orderNode(early)).error().code, ErrorCode::NotFound);
        QVERIFY(wait(storage->saveNode(node)));
        const std::int64_t before = *wait(storage->probe());
        const NodeOrder restart{node.id, Kind::Restart, false, {}, {200}};
        const NodeOrder empty{node.id, Kind::Maintenance, true, Seconds(60), {300}};
        for (const NodeOrder &order : {early, restart, empty})
            QVERIFY(wait(storage->orderNode(order)));
        QCOMPARE(*wait(storage->probe()), before + 3);
        QVERIFY(wait(storage->saveNode(node))); // a registration does not end maintenance
        auto state = wait(storage->load({0}));
        QVERIFY(state->nodes[0].maintenance);
        QCOMPARE(state->orders, (std::vector<NodeOrder>{restart, empty}));
        QVERIFY(wait(storage->forgetOrders(node.id, {299})));
        state = wait(storage->load({0}));
        QCOMPARE(state->orders, std::vector<NodeOrder>{empty});
        QVERIFY(wait(storage->removeNode(node.id)));
        QVERIFY(wait(storage->load({0}))->orders.empty());
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
        QVERIFY(wait(storage->saveSession(session)));
        QCOMPARE(wait(storage->load({4999}))->sessions, std::vector<SessionRecord>{session});
        QVERIFY(wait(storage->load({5000}))->sessions.empty());
        QVERIFY(wait(storage->extendSession(session.id, {9000})));
        QCOMPARE(wait(storage->load({5000}))->sessions.size(), std::size_t(1));
        QVERIFY(wait(storage->sweepSessions({5000})));
        QCOMPARE(wait(storage->load({5000}))->sessions.size(), std::size_t(1));
        QVERIFY(wait(storage->endSession(session.id, SessionEnd::Closed)));
        QVERIFY(wait(storage->load({0}))->sessions.empty());
        QVERIFY(wait(storage->sweepSessions({0})));
        QVERIFY(wait(storage->saveSession(session)));
    }

    void metricsAreWrittenAndTrimmed_data() { kinds(); }
    void metricsAreWrittenAndTrimmed()
    {
        QFETCH(QByteArray, kind);
        const auto storage = open(freshUrl(kind));
        std::vector<MetricsRecord> records(3);
        for (std::size_t i = 0; i < records.size(); ++i) {
            records[i].node = *NodeId::parse(NodeA);
            records[i].minute = {static_cast<std::int64_t>(i) * 60000};
            records[i].latency = 1.5;
        }
        QVERIFY(wait(storage->appendMetrics(records)));
        QVERIFY(wait(storage->appendMetrics(records)));
        QVERIFY(wait(storage->trimMetrics({60000})));
        QVERIFY(wait(storage->touchNodes({{*NodeId::parse(NodeA), {7}}})));
    }

    void aLostFileIsUnavailableAndComesBack()
    {
        const std::string url = freshUrl("sqlite");
        const QString path = QString::fromStdString(url.substr(7));
        const auto storage = open(url);
        QVERIFY(wait(storage->probe()));
        QVERIFY(QFile::rename(path, path + QStringLiteral(".away")));
        QCOMPARE(wait(storage->probe()).error().code, ErrorCode::Unavailable);
        QVERIFY(QFile::rename(path + QStringLiteral(".away"), path));
        QVERIFY(wait(storage->probe()));
    }

    void urls()
    {
        QCOMPARE(DatabaseUrl::parse("sqlite:/a b")->path, std::string("/a b"));
        const auto url = *DatabaseUrl::parse("postgresql://u:p%40w@db.example:5433/boson");
        QCOMPARE(url.host, std::string("db.example"));
        QCOMPARE(url.port, 5433);
        QCOMPARE(url.name, std::string("boson"));
        QCOMPARE(url.password, std::string("p@w"));
        QVERIFY(url.toString().find("p@w") == std::string::npos);
        for (const char *bad : {"", "sqlite:", "mysql://h/d", "postgresql://h", "postgresql://h/"})
            QVERIFY2(!DatabaseUrl::parse(bad), bad);
    }
};

QTEST_GUILESS_MAIN(StorageTest)
#include "storage_test.moc"
