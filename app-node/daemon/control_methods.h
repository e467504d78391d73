// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of the control socket, narrow and typed, onto the node's engine.
#pragma once

#include "app-node/engine/node_engine.h"
#include "shared/control/control_server.h"

#include <QTimer>

namespace higgs::node {

/// What the owner set by higgs-nodectl, kept over a restart.
struct OwnerSettings
{
    bool sharing = false;
    std::optional<NodeLimits> limits;

    /// Whatever of the file this version understands.
    static OwnerSettings fromJson(const control::Json &json);
    [[nodiscard]] control::Json toJson() const;
};

/// Lives on the daemon's thread, as the server and the engine do.
class ControlMethods : public QObject
{
    Q_OBJECT

public:
    ControlMethods(control::ControlServer &server, NodeEngine &engine, TunnelKind tunnel,
                   std::string settingsFile, const OwnerSettings &settings);

private:
    void addMethods();
    void setSharing(control::ControlCall call);
    void setLimits(control::ControlCall call);
    void tellSubscribers();
    Result<void> save();

    control::ControlServer &m_server;
    NodeEngine &m_engine;
    TunnelKind m_tunnel;
    std::string m_settingsFile;
    OwnerSettings m_settings;
    control::Json m_lastTold;
    QTimer m_figures; ///< byte counts change without a change of state
};

} // namespace higgs::node
