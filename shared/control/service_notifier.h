// SPDX-License-Identifier: GPL-3.0-or-later
// Tells systemd how the daemon is (sd_notify(3)): ready, alive, stopping. Nothing without systemd.
#pragma once

#include <QObject>
#include <QTimer>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace higgs::control {

/// What the environment says of the service's supervisor; pure but for the look-up.
struct ServiceEnvironment
{
    std::string socket;                                ///< NOTIFY_SOCKET; empty: nobody listens
    std::optional<std::chrono::microseconds> watchdog; ///< WATCHDOG_USEC, if it is for this process

    static ServiceEnvironment read(const std::function<const char *(const char *)> &lookup,
                                   std::int64_t pid);
};

/// Lives on the daemon's thread: a thread that hangs lets the watchdog bite.
class ServiceNotifier : public QObject
{
    Q_OBJECT

public:
    explicit ServiceNotifier(ServiceEnvironment environment, QObject *parent = nullptr);

    /// From now on it is also told regularly that we live, if that is asked for.
    void ready();
    void stopping();
    /// One line for `systemctl status`.
    void say(std::string_view text);

private:
    void send(const std::string &message) const;

    ServiceEnvironment m_environment;
    QTimer m_alive;
};

} // namespace higgs::control
