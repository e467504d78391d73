// SPDX-License-Identifier: GPL-3.0-or-later
// The window's line to higgs-vpnd: holds what the daemon said last, and turns what a person wants
// into requests.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "shared/widgets/daemon_line.h"

namespace higgs::vpn {

using widgets::LinkState;

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
    static constexpr Milliseconds PlacesInterval{60'000};

    explicit DaemonLink(std::string socketPath, QObject *parent = nullptr);
    ~DaemonLink() override;

    /// The part that is the same for every daemon: to begin, to set the server up, to diagnose.
    [[nodiscard]] widgets::DaemonLine &line() { return m_line; }
    [[nodiscard]] const widgets::DaemonLine &line() const { return m_line; }
    [[nodiscard]] LinkState linkState() const { return m_line.state(); }
    /// The last status; stays when the daemon goes away, so that a page can say what stood.
    [[nodiscard]] const ClientView &view() const { return m_view; }
    /// A status was received since the start.
    [[nodiscard]] bool everUp() const { return m_everUp; }

    /// The last list, and whether there ever was one (an empty list is an answer too).
    [[nodiscard]] const std::vector<Place> &places() const { return m_places; }
    [[nodiscard]] bool placesKnown() const { return m_placesKnown; }
    /// When the last list came.
    [[nodiscard]] WallTime placesAt() const { return m_placesAt; }
    /// The last error of refreshPlaces(); none after a success.
    [[nodiscard]] const std::optional<Error> &placesError() const { return m_placesError; }
    /// While on, the list is asked for at once and every PlacesInterval.
    void keepPlacesFresh(bool on);

    // Failures of these come by requestFailed(); what they did comes as a view.
    void connectTo(const ConnectWish &wish);
    void cancelSwitch();
    void disconnectTunnel();
    void pause(int minutes);
    void resume();
    void refreshPlaces();

    // The answer, or the daemon's refusal; never requestFailed().
    /// The places of the server as it is now, besides what refreshPlaces() keeps.
    QFuture<Result<std::vector<Place>>> askPlaces();
    QFuture<Result<void>> set(const QString &key, const QString &value);
    QFuture<Result<void>> restoreNetwork();

Q_SIGNALS:
    void linkChanged();
    void viewChanged();
    void placesChanged();
    /// "connect", "cancelSwitch", "disconnect", "pause", "resume" or "countries".
    void requestFailed(const QString &method, const higgs::Error &error);

private:
    using Json = nlohmann::json;

    Result<void> accept(const Json &status);
    void announce(bool cameUp);
    void request(const char *method, const Json &params);

    widgets::DaemonLine m_line;
    QTimer m_placesTimer;
    ClientView m_view;
    bool m_news = false; ///< the last status was not the one before
    bool m_everUp = false;
    std::vector<Place> m_places;
    bool m_placesKnown = false;
    WallTime m_placesAt;
    bool m_placesAsked = false; ///< a request is under way
    std::optional<Error> m_placesError;
};

} // namespace higgs::vpn
