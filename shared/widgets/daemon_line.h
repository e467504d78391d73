// SPDX-License-Identifier: GPL-3.0-or-later
// A window's line to its daemon: connects, subscribes, comes back by itself, and notices a daemon
// that no longer answers. What a status means is the window's business.
#pragma once

#include "shared/base/secret.h"
#include "shared/widgets/daemon_answers.h"

#include <QFuture>
#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>
#include <string>

namespace higgs::control {
class ControlClient;
struct RpcNotification;
} // namespace higgs::control

namespace higgs::widgets {

enum class LinkState : std::uint8_t {
    Connecting, ///< at the start, until the first answer
    Up,         ///< the last status is what is
    Absent,     ///< nobody answers on the socket
    Forbidden,  ///< this user may not
    TooOld,     ///< the daemon speaks another version of the protocol
};

/// Lives on the window's thread; never blocks. Every request can be made in every state: without a
/// daemon it fails with Unavailable.
class DaemonLine : public QObject
{
    Q_OBJECT

public:
    using Json = protocol::Json;
    /// Takes a status; an error is that of a daemon of another version.
    using Accept = std::function<Result<void>(const Json &status)>;

    static constexpr Milliseconds FirstRetry{500};
    static constexpr Milliseconds LastRetry{5000};
    /// While up, the daemon is asked this often whether it still answers; one that leaves a
    /// question open until the next is Absent, so that no window goes on saying what stood.
    static constexpr Milliseconds PulseInterval{5000};

    DaemonLine(std::string socketPath, Accept accept, QObject *parent = nullptr);
    ~DaemonLine() override;

    /// Begins, from the event loop's next turn.
    void start();
    /// Tries now instead of at the next retry.
    void retryNow();
    /// For tests; PulseInterval otherwise.
    void setPulseInterval(Milliseconds interval) { m_pulse.setInterval(interval); }

    [[nodiscard]] LinkState state() const { return m_state; }
    /// Why the line is not up, in the daemon's or the system's English.
    [[nodiscard]] const QString &detail() const { return m_detail; }
    /// The version of the daemon as it says; also of one that is too old. May be empty.
    [[nodiscard]] const QString &daemonVersion() const { return m_daemonVersion; }
    [[nodiscard]] const std::string &socketPath() const { return m_socketPath; }

    /// As the last status has them.
    [[nodiscard]] const std::optional<ServerView> &server() const { return m_server; }
    [[nodiscard]] bool accessKeySet() const { return m_accessKeySet; }

    /// The last request that failed: its name, the code and the daemon's English, for the report of
    /// the diagnostics. Empty while none did.
    [[nodiscard]] const QString &lastRefusal() const { return m_lastRefusal; }

    // What both daemons do alike.
    /// `pin` may be empty (the system's certificates), and so may `accessKey`.
    QFuture<Result<void>> configureServer(const QString &url, const QString &pin,
                                          const SecretText &accessKey);
    /// An empty key is forgotten.
    QFuture<Result<void>> setAccessKey(const SecretText &key);
    QFuture<Result<std::vector<Check>>> diagnose();
    QFuture<Result<std::vector<LogLine>>> log(int lines);

    QFuture<Result<Json>> call(const char *method, const Json &params);
    /// The same, for who needs no more than to know that it was done.
    QFuture<Result<void>> order(const char *method, const Json &params);

Q_SIGNALS:
    void changed();
    /// A status was accepted, and the line is up; `cameUp` if it was not before.
    void taken(bool cameUp);

private:
    void open();
    void pulse();
    void ask(const char *method);
    void takeNotification(const control::RpcNotification &notification);
    void takeStatus(const Json &status);
    void lose(LinkState state, const QString &detail);
    void setState(LinkState state, const QString &detail);

    std::string m_socketPath;
    Accept m_accept;
    std::unique_ptr<control::ControlClient> m_client;
    quint64 m_connection = 0; ///< counts them: an answer on an older one is nothing
    QTimer m_retry;
    QTimer m_pulse;
    bool m_answerOwed = false;
    Milliseconds m_retryAfter = FirstRetry;
    LinkState m_state = LinkState::Connecting;
    QString m_detail;
    QString m_daemonVersion;
    std::optional<ServerView> m_server;
    bool m_accessKeySet = false;
    QString m_lastRefusal;
};

} // namespace higgs::widgets
