// SPDX-License-Identifier: GPL-3.0-or-later
// The window's line to higgs-vpnd: connects, subscribes, comes back by itself, and turns what a
// person wants into requests.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "shared/base/result.h"
#include "shared/base/secret.h"

#include <QFuture>
#include <QObject>
#include <QTimer>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace higgs::control {
class ControlClient;
struct RpcNotification;
} // namespace higgs::control

namespace higgs::vpn {

enum class LinkState : std::uint8_t {
    Connecting, ///< at the start, until the first answer
    Up,         ///< view() is what is
    Absent,     ///< nobody answers on the socket
    Forbidden,  ///< this user may not
    TooOld,     ///< the daemon speaks another version of the protocol
};

/// What to connect to; empty members are left to the settings and the server.
struct ConnectWish
{
    QString country;
    QString region;
    QString nodeId;
    QString path;
    QString via;

    friend bool operator==(const ConnectWish &, const ConnectWish &) = default;
};

/// Lives on the window's thread; never blocks. Every request can be made in every state: without a
/// daemon it fails with Unavailable.
class DaemonLink : public QObject
{
    Q_OBJECT

public:
    static constexpr Milliseconds FirstRetry{500};
    static constexpr Milliseconds LastRetry{5000};
    static constexpr Milliseconds PlacesInterval{60'000};
    /// While up, the daemon is asked this often whether it still answers; one that leaves a
    /// question open until the next is Absent, so that no window goes on saying "connected".
    static constexpr Milliseconds PulseInterval{5000};

    explicit DaemonLink(std::string socketPath, QObject *parent = nullptr);
    ~DaemonLink() override;

    /// Begins, from the event loop's next turn.
    void start();
    /// Tries now instead of at the next retry.
    void retryNow();

    /// For tests; PulseInterval otherwise.
    void setPulseInterval(Milliseconds interval) { m_pulse.setInterval(interval); }

    [[nodiscard]] LinkState linkState() const { return m_linkState; }
    /// The last status; stays when the daemon goes away, so that a page can say what stood.
    [[nodiscard]] const ClientView &view() const { return m_view; }
    /// A status was received since the start.
    [[nodiscard]] bool everUp() const { return m_everUp; }
    /// Why the link is not up, in the daemon's or the system's English.
    [[nodiscard]] const QString &linkDetail() const { return m_linkDetail; }
    /// The version of the daemon as it says; also of one that is too old. May be empty.
    [[nodiscard]] const QString &daemonVersion() const { return m_daemonVersion; }
    [[nodiscard]] const std::string &socketPath() const { return m_socketPath; }

    /// The last list, and whether there ever was one (an empty list is an answer too).
    [[nodiscard]] const std::vector<Place> &places() const { return m_places; }
    [[nodiscard]] bool placesKnown() const { return m_placesKnown; }
    /// The last error of refreshPlaces(); none after a success.
    [[nodiscard]] const std::optional<Error> &placesError() const { return m_placesError; }
    /// While on, the list is asked for at once and every PlacesInterval.
    void keepPlacesFresh(bool on);

    // Failures of these come by requestFailed(); what they did comes as a view.
    void connectTo(const ConnectWish &wish);
    void disconnectTunnel();
    void pause(int minutes);
    void resume();
    void refreshPlaces();

    // The answer, or the daemon's refusal; never requestFailed().
    QFuture<Result<void>> set(const QString &key, const QString &value);
    /// `pin` may be empty (the system's certificates), and so may `accessKey`.
    QFuture<Result<void>> configureServer(const QString &url, const QString &pin,
                                          const SecretText &accessKey);
    /// An empty key is forgotten.
    QFuture<Result<void>> setAccessKey(const SecretText &key);
    QFuture<Result<void>> restoreNetwork();
    QFuture<Result<std::vector<Check>>> diagnose();
    QFuture<Result<std::vector<LogLine>>> log(int lines);

Q_SIGNALS:
    void linkChanged();
    void viewChanged();
    void placesChanged();
    /// "connect", "disconnect", "pause", "resume" or "countries".
    void requestFailed(const QString &method, const higgs::Error &error);

private:
    using Json = nlohmann::json;

    void open();
    void pulse();
    void ask(const char *method);
    void takeNotification(const control::RpcNotification &notification);
    void takeStatus(const Json &status);
    void lose(LinkState state, const QString &detail);
    void setLink(LinkState state, const QString &detail);
    void request(const char *method, const Json &params);
    QFuture<Result<Json>> call(const char *method, const Json &params);
    QFuture<Result<void>> order(const char *method, const Json &params);

    std::string m_socketPath;
    std::unique_ptr<control::ControlClient> m_client;
    quint64 m_connection = 0; ///< counts them: an answer on an older one is nothing
    QTimer m_retry;
    QTimer m_pulse;
    bool m_answerOwed = false;
    Milliseconds m_retryAfter = FirstRetry;
    QTimer m_placesTimer;
    LinkState m_linkState = LinkState::Connecting;
    QString m_linkDetail;
    QString m_daemonVersion;
    ClientView m_view;
    bool m_everUp = false;
    std::vector<Place> m_places;
    bool m_placesKnown = false;
    bool m_placesAsked = false; ///< a request is under way
    std::optional<Error> m_placesError;
};

} // namespace higgs::vpn
