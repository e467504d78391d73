// SPDX-License-Identifier: GPL-3.0-or-later
// Two WireGuard devices in two namespaces, joined in memory by this process. Everything is tried
// with wireguard-go, with our own core, and with one at each end:
//
//   [ namespace a ]                                             [ namespace b ]
//   interface 10.9.0.1 -- wireguard -- bridge == this == bridge -- wireguard -- interface 10.9.0.2
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/bridged_device.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/device.h"
#include "tests/tunnel/network_namespace.h"

#include <QEventLoop>
#include <QProcess>
#include <QTest>
#include <QTimer>
#include <array>
#include <csignal>
#include <cstdio>

using namespace higgs;
using higgs::test::NetworkNamespace;

namespace {

/// Hands batches to the other side, as a path does.
class Handover : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override
    {
        batches += 1;
        count += datagrams.size();
        if (next != nullptr)
            next->take(datagrams);
    }

    DatagramSink *next = nullptr;
    std::size_t batches = 0;
    std::size_t count = 0;
};

/// Never has room, and hands on what is given to it all the same.
class FullSink : public Handover
{
public:
    [[nodiscard]] std::size_t room() const override { return 0; }
};

struct Side
{
    Side(const std::string &letter, TunnelKind its)
        : space(letter),
          interfaceName("ht" + letter + std::to_string(::getpid() % 1000000)),
          kind(its)
    {}

    NetworkNamespace space;
    std::string interfaceName;
    TunnelKind kind;
    PrivateKey key = PrivateKey::generate();
    Handover fromWireguard;
    std::unique_ptr<TunnelDevice> device;
};

DeviceConfig configOf(const Side &side, const char *v4, const char *v6)
{
    return {side.interfaceName,
            side.key.copy(),
            {*InterfaceAddress::parse(v4), *InterfaceAddress::parse(v6)},
            DefaultTunnelMtu};
}

} // namespace

class TunnelDeviceTest : public QObject
{
    Q_OBJECT

public:
    TunnelDeviceTest(TunnelKind a, TunnelKind b) : m_kindA(a), m_kindB(b) {}

private Q_SLOTS:
    void init();
    void cleanup();
    void carriesPings_data();
    void carriesPings();
    void carriesTcp_data();
    void carriesTcp();
    void countsWhatItCarried();
    void tellsWg();
    void forgetsItsKeys();
    void keepsNothingForLong();
    void dropsWithoutOutput();
    void refusesForeignInterface();
    void replacesStaleInterface();
    void leavesNothingBehind();
    void hidesItsPort();
    void tellsWhenItDied();

private:
    QString run(const Side &side, const QStringList &command, int *status = nullptr);

    TunnelKind m_kindA;
    TunnelKind m_kindB;
    EpollSet m_epoll;
    std::unique_ptr<Side> m_a;
    std::unique_ptr<Side> m_b;
};

void TunnelDeviceTest::init()
{
    m_a = std::make_unique<Side>("a", m_kindA);
    m_b = std::make_unique<Side>("b", m_kindB);
    const auto open = [this](Side &side, const char *v4, const char *v6) {
        side.space.inside([&] {
            auto device = openTunnelDevice(m_epoll, side.kind, configOf(side, v4, v6));
            QVERIFY2(device.has_value(), device ? "" : device.error().detail.c_str());
            side.device = std::move(*device);
        });
    };
    open(*m_a, "10.9.0.1/24", "fd00:9::1/64");
    open(*m_b, "10.9.0.2/24", "fd00:9::2/64");
    QVERIFY(m_a->device && m_b->device);
    const auto join = [](Side &side, Side &other, const char *v4, const char *v6,
                         Seconds keepalive) {
        side.space.inside([&] {
            const auto sink = side.device->addPeer(
                {other.key.publicKey(), {*IpPrefix::parse(v4), *IpPrefix::parse(v6)}, keepalive},
                side.fromWireguard);
            QVERIFY2(sink.has_value(), sink ? "" : sink.error().detail.c_str());
            other.fromWireguard.next = *sink;
        });
    };
    // The side that speaks first comes last: a handshake that nobody hears costs five seconds.
    join(*m_b, *m_a, "10.9.0.1/32", "fd00:9::1/128", Seconds(0));
    join(*m_a, *m_b, "10.9.0.2/32", "fd00:9::2/128", Seconds(25));
}

void TunnelDeviceTest::cleanup()
{
    for (const auto *side : {&m_a, &m_b}) {
        if (*side)
            (*side)->space.inside([&] { (*side)->device.reset(); });
    }
    m_a.reset();
    m_b.reset();
}

QString TunnelDeviceTest::run(const Side &side, const QStringList &command, int *status)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral("/usr/sbin/ip"),
                  QStringList{QStringLiteral("netns"), QStringLiteral("exec"),
                              QString::fromStdString(side.space.name())} +
                      command);
    // The event loop carries the packets meanwhile; qWaitFor() would sleep between its turns.
    QEventLoop loop;
    connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
    QTimer::singleShot(std::chrono::seconds(30), &process, &QProcess::kill);
    loop.exec();
    process.waitForFinished();
    if (status != nullptr)
        *status = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return QString::fromUtf8(process.readAll());
}

void TunnelDeviceTest::carriesPings_data()
{
    QTest::addColumn<QString>("address");
    QTest::newRow("IPv4") << QStringLiteral("10.9.0.2");
    QTest::newRow("IPv6") << QStringLiteral("fd00:9::2");
}

void TunnelDeviceTest::carriesPings()
{
    QFETCH(const QString, address);
    int status = -1;
    const QString said =
        run(*m_a,
            {QStringLiteral("ping"), QStringLiteral("-c10"), QStringLiteral("-i0.02"),
             QStringLiteral("-s1372"), QStringLiteral("-w5"), address},
            &status);
    QVERIFY2(status == 0 && said.contains(QStringLiteral(" 0% packet loss")), qPrintable(said));
}

void TunnelDeviceTest::carriesTcp_data()
{
    carriesPings_data();
}

void TunnelDeviceTest::carriesTcp()
{
    QFETCH(const QString, address);
    QProcess server;
    server.start(QStringLiteral("/usr/sbin/ip"),
                 {QStringLiteral("netns"), QStringLiteral("exec"),
                  QString::fromStdString(m_b->space.name()), QStringLiteral("iperf3"),
                  QStringLiteral("-s"), QStringLiteral("-1"), QStringLiteral("--forceflush")});
    QVERIFY(QTest::qWaitFor([&] {
        return server.bytesAvailable() > 0 && server.peek(4096).contains("Server listening");
    }));
    int status = -1;
    const QString said = run(*m_a,
                             {QStringLiteral("iperf3"), QStringLiteral("-c"), address,
                              QStringLiteral("-n64M"), QStringLiteral("-f"), QStringLiteral("m")},
                             &status);
    server.kill();
    server.waitForFinished();
    QVERIFY2(status == 0, qPrintable(said));
    for (const QString &line : said.split(QLatin1Char('\n'))) {
        if (line.endsWith(QStringLiteral("receiver")))
            qInfo().noquote() << line;
    }
    qInfo() << "a -> b:" << m_a->fromWireguard.count << "datagrams in" << m_a->fromWireguard.batches
            << "batches";
}

void TunnelDeviceTest::countsWhatItCarried()
{
    run(*m_a, {QStringLiteral("ping"), QStringLiteral("-c1"), QStringLiteral("10.9.0.2")});
    const auto stats = m_b->space.inside([this] { return m_b->device->allPeerStats(); });
    QVERIFY2(stats.has_value(), stats ? "" : stats.error().detail.c_str());
    QCOMPARE(stats->size(), std::size_t(1));
    QVERIFY(stats->front().key == m_a->key.publicKey());
    QVERIFY(stats->front().rxBytes > 0 && stats->front().txBytes > 0);
    QVERIFY(stats->front().lastHandshake.has_value());
    const auto unknown =
        m_b->space.inside([this] { return m_b->device->peerStats(m_b->key.publicKey()); });
    QVERIFY(!unknown && unknown.error().code == ErrorCode::NotFound);
}

/// Whoever moves the packets, the standard tool sees them.
void TunnelDeviceTest::tellsWg()
{
    run(*m_a, {QStringLiteral("ping"), QStringLiteral("-c1"), QStringLiteral("10.9.0.2")});
    const QString name = QString::fromStdString(m_a->interfaceName);
    const auto wg = [&](const QStringList &words, int *status = nullptr) {
        return run(*m_a, QStringList{QStringLiteral("wg")} + words, status).trimmed();
    };
    const QString own = QString::fromStdString(m_a->key.publicKey().toBase64());
    const QString peer = QString::fromStdString(m_b->key.publicKey().toBase64());
    QCOMPARE(wg({QStringLiteral("show"), name, QStringLiteral("public-key")}), own);
    QCOMPARE(wg({QStringLiteral("show"), name, QStringLiteral("allowed-ips")}),
             peer + QStringLiteral("\t10.9.0.2/32 fd00:9::2/128"));
    QCOMPARE(wg({QStringLiteral("show"), name, QStringLiteral("persistent-keepalive")}),
             peer + QStringLiteral("\t25"));
    const QString handshakes =
        wg({QStringLiteral("show"), name, QStringLiteral("latest-handshakes")});
    QVERIFY2(handshakes.section(QLatin1Char('\t'), 1).toLongLong() > 1'700'000'000,
             qPrintable(handshakes));
    const QString bytes = wg({QStringLiteral("show"), name, QStringLiteral("transfer")});
    QVERIFY2(bytes.section(QLatin1Char('\t'), 1, 1).toLongLong() > 0, qPrintable(bytes));
    const QString file = wg({QStringLiteral("showconf"), name});
    QVERIFY2(file.contains(QStringLiteral("PublicKey = ") + peer), qPrintable(file));
    if (m_kindA != TunnelKind::InProcess)
        return;
    int status = 0;
    const QString said =
        wg({QStringLiteral("set"), name, QStringLiteral("peer"), peer, QStringLiteral("remove")},
           &status);
    QVERIFY2(status != 0 && said.contains(QStringLiteral("not supported")), qPrintable(said));
}

/// A handshake that was lost is waited for five seconds; who forgets begins another at once.
void TunnelDeviceTest::forgetsItsKeys()
{
    const QStringList ping = {QStringLiteral("ping"), QStringLiteral("-c1"), QStringLiteral("-W2"),
                              QStringLiteral("10.9.0.2")};
    const PublicKey peer = m_b->key.publicKey();
    const auto forget = [&] {
        return m_a->space.inside([&] { return m_a->device->forgetKeys(peer).has_value(); });
    };
    int status = 1;
    run(*m_a, ping, &status);
    QCOMPARE(status, 0);
    const auto before = m_a->space.inside([&] { return m_a->device->peerStats(peer); });
    QVERIFY(before.has_value());
    QVERIFY(m_a->device->setPeerOutput(peer, nullptr));
    QVERIFY(forget());
    run(*m_a, ping, &status); // its handshake leads nowhere
    QVERIFY(status != 0);
    const auto meanwhile = m_a->space.inside([&] { return m_a->device->peerStats(peer); });
    QVERIFY(meanwhile && meanwhile->rxBytes >= before->rxBytes);
    QVERIFY(meanwhile->lastHandshake == before->lastHandshake);
    QVERIFY(m_a->device->setPeerOutput(peer, &m_a->fromWireguard));
    QVERIFY(forget());
    run(*m_a, ping, &status);
    QCOMPARE(status, 0);
    const auto after = m_a->space.inside([&] { return m_a->device->peerStats(peer); });
    QVERIFY(after && after->rxBytes > before->rxBytes);
    const auto unknown =
        m_a->space.inside([&] { return m_a->device->forgetKeys(m_a->key.publicKey()); });
    QVERIFY(!unknown && unknown.error().code == ErrorCode::NotFound);
}

/// Before a path that takes nothing: what has waited for a moment goes to it, and nothing grows
/// old.
void TunnelDeviceTest::keepsNothingForLong()
{
    if (m_kindA != TunnelKind::InProcess)
        QSKIP("a bridge drops it by itself: bridge_test");
    FullSink full;
    full.next = m_a->fromWireguard.next;
    const PublicKey peer = m_b->key.publicKey();
    QVERIFY(m_a->device->setPeerOutput(peer, &full));
    int status = 1;
    const QString said =
        run(*m_a,
            {QStringLiteral("ping"), QStringLiteral("-c20"), QStringLiteral("-i0.05"),
             QStringLiteral("-W1"), QStringLiteral("10.9.0.2")},
            &status);
    QVERIFY2(status == 0 && said.contains(QStringLiteral(" 0% packet loss")), qPrintable(said));
    QVERIFY(full.count >= 20);
    QVERIFY(m_a->device->setPeerOutput(peer, &m_a->fromWireguard));
}

void TunnelDeviceTest::dropsWithoutOutput()
{
    QVERIFY(m_a->device->setPeerOutput(m_b->key.publicKey(), nullptr));
    int status = 0;
    run(*m_a,
        {QStringLiteral("ping"), QStringLiteral("-c1"), QStringLiteral("-W1"),
         QStringLiteral("10.9.0.2")},
        &status);
    QVERIFY(status != 0);
    const auto stats =
        m_a->space.inside([this] { return m_a->device->peerStats(m_b->key.publicKey()); });
    QVERIFY(stats && stats->droppedDatagrams > 0);

    QVERIFY(m_a->device->setPeerOutput(m_b->key.publicKey(), &m_a->fromWireguard));
    QVERIFY(m_a->space.inside([this] {
        const auto again =
            m_a->device->addPeer({m_b->key.publicKey(), {}, Seconds(0)}, m_a->fromWireguard);
        return !again && again.error().code == ErrorCode::AlreadyExists;
    }));
    m_b->fromWireguard.next = nullptr;
    QVERIFY(m_a->space.inside(
        [this] { return m_a->device->removePeer(m_b->key.publicKey()).has_value(); }));
    const auto gone = m_a->space.inside([this] { return m_a->device->allPeerStats(); });
    QVERIFY(gone && gone->empty());
}

void TunnelDeviceTest::refusesForeignInterface()
{
    m_a->space.inside([this] {
        QVERIFY(runCommand("ip", {"link", "add", "lan0", "type", "veth", "peer", "name", "lan1"}));
        DeviceConfig config = configOf(*m_a, "10.8.0.1/24", "fd00:8::1/64");
        config.interfaceName = "lan0";
        const auto device = openTunnelDevice(m_epoll, TunnelKind::Auto, config);
        QVERIFY(!device && device.error().code == ErrorCode::AlreadyExists);
        QVERIFY(runCommand("ip", {"link", "show", "dev", "lan0"}));
    });
}

void TunnelDeviceTest::replacesStaleInterface()
{
    m_a->space.inside([this] {
        DeviceConfig config = configOf(*m_a, "10.8.0.1/24", "fd00:8::1/64");
        config.interfaceName += "s";
        QVERIFY(runCommand("ip", {"tuntap", "add", "dev", config.interfaceName, "mode", "tun"}));
        auto device = openTunnelDevice(m_epoll, TunnelKind::Auto, config);
        QVERIFY2(device.has_value(), device ? "" : device.error().detail.c_str());
        QVERIFY((*device)->kind() == TunnelKind::Kernel ||
                (*device)->kind() == TunnelKind::InProcess);
        device->reset();
        QVERIFY(runCommand("ip", {"tuntap", "add", "dev", config.interfaceName, "mode", "tun"}));
        device = openTunnelDevice(m_epoll, m_a->kind, config);
        QVERIFY2(device.has_value(), device ? "" : device.error().detail.c_str());
        QCOMPARE((*device)->kind(), m_a->kind);
    });
}

void TunnelDeviceTest::leavesNothingBehind()
{
    m_a->space.inside([this] {
        m_a->device.reset();
        QCOMPARE(runCommand("nft", {"list", "ruleset"}).value(), std::string());
        QVERIFY(!runCommand("ip", {"link", "show", "dev", m_a->interfaceName}));
    });
}

void TunnelDeviceTest::hidesItsPort()
{
    const auto rules = m_a->space.inside([] { return runCommand("nft", {"list", "ruleset"}); });
    const bool guarded =
        rules && rules->find("iifname != \"lo\" fib daddr type local drop") != std::string::npos;
    QCOMPARE(guarded, m_kindA == TunnelKind::WireguardGo); // ours has none
    const auto sockets = m_a->space.inside([] { return runCommand("ss", {"-Hlun"}); });
    // Also when it is ourselves who would answer: nobody waits for that.
    const auto port = m_a->space.inside([&] { return wireguardPort(m_a->interfaceName); });
    QCOMPARE(port.has_value(), m_kindA == TunnelKind::WireguardGo);
    QVERIFY(port || port.error().code == ErrorCode::NotFound);
    QVERIFY(sockets && (m_kindA == TunnelKind::WireguardGo || sockets->empty()));
}

void TunnelDeviceTest::tellsWhenItDied()
{
    QString why;
    connect(m_a->device.get(), &TunnelDevice::failed, this,
            [&](const Error &error) { why = QString::fromStdString(error.detail); });
    if (m_kindA == TunnelKind::InProcess) {
        m_a->space.inside([this] {
            QVERIFY(runCommand("ip", {"link", "delete", "dev", m_a->interfaceName}));
        });
        QVERIFY(QTest::qWaitFor([&] { return !why.isEmpty(); }));
        QVERIFY(why.contains(QStringLiteral("is gone")));
        return;
    }
    const auto pids = runCommand("ip", {"netns", "pids", m_a->space.name()});
    QVERIFY(pids.has_value());
    const auto child = static_cast<pid_t>(std::strtol(pids->c_str(), nullptr, 10));
    QVERIFY(child > 1 && child != ::getpid());
    QVERIFY(::kill(child, SIGKILL) == 0);
    QVERIFY(QTest::qWaitFor([&] { return !why.isEmpty(); }));
    QVERIFY(why.contains(QStringLiteral("wireguard-go ended")));
}

int main(int argc, char **argv)
{
    const std::string reason = higgs::test::whyNoNamespaces();
    if (!reason.empty()) {
        std::printf("skipped: %s\n", reason.c_str());
        return 77;
    }
    QCoreApplication app(argc, argv);
    initializeCrypto();
    constexpr std::array Pairs{
        std::pair{TunnelKind::WireguardGo, TunnelKind::WireguardGo},
        std::pair{TunnelKind::InProcess, TunnelKind::InProcess},
        std::pair{TunnelKind::InProcess, TunnelKind::WireguardGo},
        std::pair{TunnelKind::WireguardGo, TunnelKind::InProcess},
    };
    int failed = 0;
    for (const auto &[a, b] : Pairs) {
        std::printf("%s to %s\n", toString(a), toString(b));
        std::fflush(stdout);
        TunnelDeviceTest test(a, b);
        failed += QTest::qExec(&test, argc, argv);
    }
    return failed;
}

#include "tst_tunnel_device.moc"
