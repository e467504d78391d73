// SPDX-License-Identifier: GPL-3.0-or-later
// What a daemon tells systemd, and that it tells it as long as its thread runs.
#include "shared/control/service_notifier.h"

#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <cstring>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace higgs::control;

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
        const QTemporaryDir directory;
        const std::string path = directory.path().toStdString() + "/notify";
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        QVERIFY(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
        std::map<std::string, int> told;
        const auto read = [&] {
            std::array<char, 256> text{};
            ssize_t size = 0;
            while ((size = ::recv(fd, text.data(), text.size(), 0)) > 0)
                ++told[std::string(text.data(), static_cast<std::size_t>(size))];
        };
        ServiceNotifier notifier({path, std::chrono::milliseconds(20)});
        read();
        QVERIFY(told.empty());
        notifier.ready();
        QTRY_VERIFY((read(), told["WATCHDOG=1"] >= 2));
        QCOMPARE(told["READY=1"], 1);
        notifier.stopping();
        QTRY_VERIFY((read(), told["STOPPING=1"] == 1));
        ::close(fd);
    }
};

QTEST_GUILESS_MAIN(ServiceNotifierTest)
#include "service_notifier_test.moc"
