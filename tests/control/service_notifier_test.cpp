// SPDX-License-Identifier: GPL-3.0-or-later
// What a daemon tells systemd, and that it tells it as long as its thread runs.
#include "shared/control/service_notifier.h"

#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace higgs::control;

namespace {

/// systemd's end of NOTIFY_SOCKET.
class Supervisor
{
public:
    Supervisor()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path().data(), path().size());
        m_bound = ::bind(m_fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    }
    ~Supervisor() { ::close(m_fd); }
    Supervisor(const Supervisor &) = delete;
    Supervisor &operator=(const Supervisor &) = delete;

    [[nodiscard]] std::string path() const { return m_directory.path().toStdString() + "/notify"; }

    /// How often each message has come so far.
    std::map<std::string, int> &told()
    {
        std::array<char, 256> text{};
        ssize_t size = 0;
        while (m_bound && (size = ::recv(m_fd, text.data(), text.size(), 0)) > 0)
            ++m_told[std::string(text.data(), static_cast<std::size_t>(size))];
        return m_told;
    }

private:
    const QTemporaryDir m_directory;
    const int m_fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool m_bound = false;
    std::map<std::string, int> m_told;
};

} // namespace

class ServiceNotifierTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theSupervisorIsFoundInTheEnvironment()
    {
        std::map<std::string, std::string> variables = {
            {"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "20000000"}, {"WATCHDOG_PID", "42"}};
        const auto read = [&variables] {
            return ServiceEnvironment::read(
                [&variables](const char *name) -> const char * {
                    const auto found = variables.find(name);
                    return found == variables.end() ? nullptr : found->second.c_str();
                },
                42);
        };
        QVERIFY(read().socket == "/run/x");
        QVERIFY(read().watchdog == std::chrono::seconds(20));
        variables["WATCHDOG_PID"] = "43";
        QVERIFY(!read().watchdog);
        variables["NOTIFY_SOCKET"] = "tcp:1.2.3.4";
        QVERIFY(read().socket.empty());
        variables.clear();
        QVERIFY(read().socket.empty());
    }

    void readyAliveAndStoppingAreTold()
    {
        Supervisor supervisor;
        ServiceNotifier notifier({supervisor.path(), std::chrono::milliseconds(20)});
        QVERIFY(supervisor.told().empty());
        notifier.ready();
        QTRY_VERIFY(supervisor.told()["WATCHDOG=1"] >= 2);
        QCOMPARE(supervisor.told()["READY=1"], 1);
        notifier.stopping();
        QTRY_VERIFY(supervisor.told()["STOPPING=1"] == 1);
    }

    void progressFeedsOneTurnForAWhile()
    {
        Supervisor supervisor;
        constexpr std::chrono::hours Period(1); // its timer does not fire in this test
        ServiceNotifier notifier({supervisor.path(), Period});
        notifier.ready();
        const higgs::Monotonic now = higgs::monotonicNow();
        for (int step = 1; step < LongestTurn; ++step) {
            notifier.progress(now + Period * step);
            QCOMPARE(supervisor.told()["WATCHDOG=1"], step);
        }
        notifier.progress(now + Period * (LongestTurn + 1));
        QCOMPARE(supervisor.told()["WATCHDOG=1"], LongestTurn - 1);
    }

    void anotherTurnIsFedAnew()
    {
        Supervisor supervisor;
        constexpr std::chrono::milliseconds Period(200);
        ServiceNotifier notifier({supervisor.path(), Period});
        const higgs::Monotonic longAfter = higgs::monotonicNow() + Period * (LongestTurn + 1);
        notifier.ready();
        QTRY_VERIFY(higgs::monotonicNow() > longAfter && supervisor.told()["WATCHDOG=1"] > 0);
        const int before = supervisor.told()["WATCHDOG=1"];
        notifier.progress(higgs::monotonicNow());
        QCOMPARE(supervisor.told()["WATCHDOG=1"], before + 1);
    }

    void readyIsSaidBehindAFullQueue()
    {
        Supervisor supervisor;
        ServiceNotifier notifier({supervisor.path(), std::chrono::hours(1)});
        constexpr int MoreThanAnyQueue = 5'000;
        for (int i = 0; i < MoreThanAnyQueue; ++i)
            notifier.progress(higgs::monotonicNow());
        std::atomic<bool> said = false;
        std::thread reader([&] {
            while (!said)
                supervisor.told();
        });
        notifier.ready();
        said = true;
        reader.join();
        QCOMPARE(supervisor.told()["READY=1"], 1);
    }

    void startAndStopAreGivenTheirTime()
    {
        Supervisor supervisor;
        ServiceNotifier notifier({supervisor.path(), std::chrono::hours(1)});
        const std::string extended = "EXTEND_TIMEOUT_USEC=3600000000";
        notifier.progress(higgs::monotonicNow());
        QCOMPARE(supervisor.told()[extended], 1);
        QCOMPARE(supervisor.told()["WATCHDOG=1"], 0); // it counts from "ready" on
        notifier.ready();
        notifier.progress(higgs::monotonicNow());
        QCOMPARE(supervisor.told()[extended], 1);
        notifier.stopping();
        notifier.progress(higgs::monotonicNow());
        QCOMPARE(supervisor.told()[extended], 2);
        notifier.progress(higgs::monotonicNow() + std::chrono::hours(LongestTurn + 1));
        QCOMPARE(supervisor.told()[extended], 2);
    }
};

QTEST_GUILESS_MAIN(ServiceNotifierTest)
#include "service_notifier_test.moc"
