// SPDX-License-Identifier: GPL-3.0-or-later
// Tells systemd how the daemon is (sd_notify(3)): ready, alive, stopping. Nothing without systemd.
#pragma once

#include "shared/base/clock.h"

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

/// How long one turn of the event loop may go on by steps that each end, in periods of the
/// watchdog: longer than raising a block by programs that all take their whole ten seconds.
constexpr int LongestTurn = 10;

/// Lives on the daemon's thread: a thread that hangs lets the watchdog bite.
class ServiceNotifier : public QObject
{
    Q_OBJECT

public:
    explicit ServiceNotifier(ServiceEnvironment environment, QObject *parent = nullptr);

    /// From now on it is also told regularly that we live, if that is asked for.
    void ready();
    void stopping();
    /// A step of a long turn has ended. The supervisor's patience begins anew, while starting and
    /// stopping as well, until the turn has lasted LongestTurn: one that never ends is killed.
    void progress(Monotonic now);
    /// One line for `systemctl status`.
    void say(std::string_view text);

private:
    enum class Phase { Starting, Running, Stopping };

    void enter(Phase phase);
    enum class Wait { No, ABit }; ///< for room in the supervisor's queue
    void send(const std::string &message, Wait wait = Wait::No) const;

    ServiceEnvironment m_environment;
    QTimer m_alive;
    Phase m_phase = Phase::Starting;
    Monotonic m_turnBegan = monotonicNow(); ///< not later than the present turn of the event loop
};

} // namespace higgs::control
