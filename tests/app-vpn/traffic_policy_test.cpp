// SPDX-License-Identifier: GPL-3.0-or-later
// The engine itself in a network namespace of its own, where no server answers: lockdown, pause,
// server and policy, with the real firewall.
#include "app-vpn/engine/client_engine.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/command.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <cstdio>
#include <sched.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::vpn;

namespace {

bool tableStands()
{
    const auto listed = runCommand("nft", {"list", "tables"});
    return listed && listed->find("table inet higgs_vpn\n") != std::string::npos;
}

std::string ruleset()
{
    return runCommand("nft", {"list", "ruleset"}).value_or("");
}

ConnectRequest germany()
{
    ConnectRequest request;
    request.country = "DE";
    return request;
}

WallTime inMinutes(int minutes)
{
    return wallNow() + std::chrono::minutes(minutes);
}

} // namespace

class TrafficPolicyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void lockdownWhileDisconnected();
    void lockdownAtStart();
    void restoreEndsLockdown();
    void refusedUnderLockdown();
    void noServer();
    void pause();
    void pauseIsAdopted();
    void pauseThatIsOverConnects();
    void serverOnlyWhileIdle();
    void excludedOnlyWhileWanted();
    void localNetwork();

private:
    std::unique_ptr<ClientEngine> engine(TrafficPolicy policy = {}, bool withServer = true);

    std::unique_ptr<QTemporaryDir> m_data;
    std::unique_ptr<EpollSet> m_epoll;
};

void TrafficPolicyTest::init()
{
    QVERIFY(runCommand("nft", {"flush", "ruleset"}));
    m_data = std::make_unique<QTemporaryDir>();
    m_epoll = std::make_unique<EpollSet>();
}

std::unique_ptr<ClientEngine> TrafficPolicyTest::engine(TrafficPolicy policy, bool withServer)
{
    ClientConfig config;
    config.dataDir = m_data->path().toStdString();
    config.serverHost = withServer ? "127.0.0.1" : "";
    config.serverPort = 1; // refuses at once
    config.interfaceName = "hgtest0";
    config.policy = std::move(policy);
    config.excludeGid = 977;
    auto made = std::make_unique<ClientEngine>(*m_epoll, std::move(config));
    const Result<void> started = made->start();
    if (!started)
        qWarning("%s", started.error().detail.c_str());
    return made;
}

void TrafficPolicyTest::lockdownWhileDisconnected()
{
    const auto client = engine();
    QVERIFY(client->status().state == ClientState::Disconnected && !tableStands());
    QVERIFY(client->setPolicy({true, false, {}}));
    QVERIFY(client->status().state == ClientState::Blocked && tableStands());
    QVERIFY(client->status().problem == Problem::Lockdown && client->status().killSwitch);
    QVERIFY(!client->status().request);
    client->connectTunnel(germany());
    QVERIFY(client->status().request == germany());
    client->disconnectTunnel();
    QVERIFY(client->status().state == ClientState::Blocked && tableStands());
    QVERIFY(client->status().problem == Problem::Lockdown);
    QVERIFY(client->setPolicy({}));
    QVERIFY(client->status().state == ClientState::Disconnected);
    QCOMPARE(ruleset(), std::string());
}

void TrafficPolicyTest::lockdownAtStart()
{
    {
        const auto client = engine({true, true, {}});
        QVERIFY(client->status().problem == Problem::Lockdown && tableStands());
    }
    QVERIFY(tableStands()); // it outlives its engine
    const auto heir = engine({true, false, {}});
    QVERIFY(heir->status().problem == Problem::Lockdown);
    QVERIFY(ruleset().find("192.168.0.0/16 } accept") == std::string::npos);
}

void TrafficPolicyTest::restoreEndsLockdown()
{
    const auto client = engine({true, false, {}});
    QVERIFY(client->restoreNetwork());
    QVERIFY(client->status().state == ClientState::Disconnected && !client->status().lockdown);
    QCOMPARE(ruleset(), std::string());
}

void TrafficPolicyTest::refusedUnderLockdown()
{
    const auto client = engine();
    ConnectRequest request;
    request.path = PathPreference::Direct;
    request.via = "FI";
    client->connectTunnel(request); // refused at once: by an entry there is no such way
    QVERIFY(client->status().problem == Problem::PathNotAvailable);
    QVERIFY(client->status().state == ClientState::Disconnected && !tableStands());
    client->connectTunnel(germany());
    QVERIFY(client->status().state == ClientState::Connecting);
    QVERIFY(client->setPolicy({true, false, {}})); // in the middle of a first attempt
    client->connectTunnel(request);
    QVERIFY(client->status().problem == Problem::PathNotAvailable);
    QVERIFY(client->status().state == ClientState::Blocked && tableStands());
    client->disconnectTunnel();
    QVERIFY(client->status().state == ClientState::Blocked && tableStands());
    QVERIFY(client->restoreNetwork());
}

void TrafficPolicyTest::noServer()
{
    const auto client = engine({}, false);
    client->connectTunnel(germany());
    QVERIFY(client->status().state == ClientState::Disconnected);
    QVERIFY(client->status().problem == Problem::NoServer && !client->status().request);
    QVERIFY(!tableStands());
    QVERIFY(client->setPolicy({true, false, {}}));
    client->connectTunnel(germany());
    QVERIFY(client->status().state == ClientState::Blocked && tableStands());
    QVERIFY(client->status().problem == Problem::NoServer);
    QVERIFY(client->setServer("127.0.0.1", 1, {}, {}));
    QVERIFY(client->setPolicy({}));
    QVERIFY(client->status().state == ClientState::Disconnected);
    QVERIFY(client->setServer({}, 1, {}, {}));
    bool refused = false;
    client->locations({this, [&refused](const auto &places) { refused = !places; }});
    QTRY_VERIFY(refused);
}

void TrafficPolicyTest::pause()
{
    const auto client = engine();
    QVERIFY(client->pauseTunnel(inMinutes(5)).error().code == ErrorCode::InvalidArgument);
    client->connectTunnel(germany());
    QVERIFY(client->pauseTunnel(inMinutes(24 * 60 + 1)).error().code == ErrorCode::InvalidArgument);
    QVERIFY(client->pauseTunnel(inMinutes(-1)).error().code == ErrorCode::InvalidArgument);
    const WallTime until = inMinutes(5);
    QVERIFY(client->pauseTunnel(until));
    QVERIFY(client->status().state == ClientState::Disconnected && !tableStands());
    QVERIFY(client->status().pausedUntil == until && client->status().request == germany());
    client->resumeTunnel();
    QVERIFY(client->status().state == ClientState::Connecting && tableStands());
    QVERIFY(!client->status().pausedUntil && client->status().request == germany());
    QVERIFY(client->setPolicy({true, false, {}}));
    QVERIFY(client->pauseTunnel(inMinutes(5)).error().code == ErrorCode::Forbidden);
    QVERIFY(client->restoreNetwork());
    client->connectTunnel(germany());
    // The end of the pause comes by itself, and whatever happens then nothing is left open.
    QVERIFY(client->pauseTunnel(wallNow() + Milliseconds(100)));
    QTRY_VERIFY(client->status().state == ClientState::Connecting);
    QVERIFY(tableStands());
    QVERIFY(client->restoreNetwork());
}

void TrafficPolicyTest::pauseIsAdopted()
{
    {
        const auto client = engine();
        client->connectTunnel(germany());
    }
    QVERIFY(tableStands());
    const auto heir = engine(); // died in the middle of beginning the pause
    QVERIFY(heir->status().state == ClientState::Blocked);
    heir->adoptPause(germany(), inMinutes(5));
    QVERIFY(heir->status().state == ClientState::Disconnected && !tableStands());
    QVERIFY(heir->status().pausedUntil && heir->status().request == germany());
    heir->disconnectTunnel();
    QVERIFY(!heir->status().pausedUntil && !heir->status().request);
}

void TrafficPolicyTest::pauseThatIsOverConnects()
{
    const auto client = engine();
    client->adoptPause(germany(), inMinutes(-1));
    QVERIFY(client->status().state == ClientState::Connecting && tableStands());
    client->disconnectTunnel();
    // A clock that was set back must not leave the line open for a year.
    client->adoptPause(germany(), inMinutes(365 * 24 * 60));
    QVERIFY(client->status().state == ClientState::Connecting);
    QVERIFY(client->restoreNetwork());
}

void TrafficPolicyTest::serverOnlyWhileIdle()
{
    const auto client = engine({}, false);
    QVERIFY(client->setServer("127.0.0.1", 1, {}, SecretText("key")));
    QVERIFY(client->hasAccessKey());
    QCOMPARE(client->serverHost(), std::string("127.0.0.1"));
    client->connectTunnel(germany());
    QVERIFY(client->setServer("127.0.0.2", 1, {}, {}).error().code == ErrorCode::Forbidden);
    QVERIFY(client->pauseTunnel(inMinutes(5)));
    QVERIFY(client->setServer("127.0.0.2", 1, {}, {}).error().code == ErrorCode::Forbidden);
    client->disconnectTunnel();
    // The key was for the other server.
    QVERIFY(client->setServer("127.0.0.2", 1, {}, {}));
    QVERIFY(!client->hasAccessKey());
    QVERIFY(client->setPolicy({true, false, {}}));
    QVERIFY(client->setServer("127.0.0.1", 1, {}, {})); // locked down is idle, too
    QVERIFY(client->status().problem == Problem::Lockdown);
    QVERIFY(client->restoreNetwork());
}

void TrafficPolicyTest::excludedOnlyWhileWanted()
{
    const auto client = engine({true, false, {}});
    QVERIFY(client->canExclude());
    QVERIFY(ruleset().find("skgid 977") == std::string::npos);
    client->connectTunnel(germany());
    QVERIFY(ruleset().find("skgid 977") != std::string::npos);
    client->disconnectTunnel();
    QVERIFY(ruleset().find("skgid 977") == std::string::npos);
    QVERIFY(ruleset().find("masquerade") == std::string::npos);
    QVERIFY(client->restoreNetwork());
    QCOMPARE(ruleset(), std::string());
}

void TrafficPolicyTest::localNetwork()
{
    const auto client = engine();
    QVERIFY(client->setPolicy({false, true, {}})); // remembered, nothing to change yet
    QVERIFY(!tableStands());
    client->connectTunnel(germany());
    QVERIFY(ruleset().find("192.168.0.0/16 } accept") != std::string::npos);
    QVERIFY(client->setPolicy({}));
    QVERIFY(ruleset().find("192.168.0.0/16 } accept") == std::string::npos && tableStands());
    QVERIFY(client->restoreNetwork());
}

int main(int argc, char **argv)
{
    // Everything below happens in a network of this process's own.
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) {
        std::printf("skipped: a network namespace needs root\n");
        return 77;
    }
    QCoreApplication app(argc, argv);
    initializeCrypto();
    if (!runCommand("ip", {"link", "set", "lo", "up"}))
        return 1;
    TrafficPolicyTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "traffic_policy_test.moc"
