// SPDX-License-Identifier: GPL-3.0-or-later
// The window's line to higgs-noded: holds what the daemon said last, and turns what the owner wants
// into requests.
#pragma once

#include "app-node/tray/node_view.h"
#include "app-node/tray/shared_hour.h"
#include "shared/widgets/daemon_line.h"

namespace higgs::node {

using widgets::LinkState;

/// Lives on the window's thread; never blocks. Every request can be made in every state: without a
/// daemon it fails with Unavailable.
class NodeLink : public QObject
{
    Q_OBJECT

public:
    using Done = QFuture<Result<void>>;

    explicit NodeLink(std::string socketPath, QObject *parent = nullptr);
    ~NodeLink() override;

    /// The part that is the same for every daemon.
    [[nodiscard]] widgets::DaemonLine &line() { return m_line; }
    [[nodiscard]] LinkState linkState() const { return m_line.state(); }
    /// The last status; stays when the daemon goes away.
    [[nodiscard]] const NodeView &view() const { return m_view; }
    /// A status was received since the start.
    [[nodiscard]] bool everUp() const { return m_everUp; }

    // Failures of these come by requestFailed(); what they did comes as a view.
    void setSharing(bool on);
    void pauseMinutes(int minutes);
    void pauseUntilTomorrow();
    void resume();
    void endGuest(quint64 number);

    // The answer, or the daemon's refusal; never requestFailed().
    Done setConsent(bool agreed);
    /// `changes`: members of encodeLimits().
    Done setLimits(const protocol::Json &changes);
    Done set(const QString &key, const QString &value);
    QFuture<Result<std::vector<Guest>>> guests();
    QFuture<Result<History>> history(int days, int hours);
    /// The hour in which the moment is.
    QFuture<Result<SharedHour>> hour(WallTime at);
    /// The last result, or after `run` a new one.
    QFuture<Result<SafetyReport>> safety(bool run);

Q_SIGNALS:
    void linkChanged();
    void viewChanged();
    /// "setSharing", "pause", "resume" or "endGuest".
    void requestFailed(const QString &method, const higgs::Error &error);

private:
    using Json = protocol::Json;

    Result<void> accept(const Json &status);
    void request(const char *method, const Json &params);

    widgets::DaemonLine m_line;
    NodeView m_view;
    bool m_news = false; ///< the last status was not the one before
    bool m_everUp = false;
};

} // namespace higgs::node
