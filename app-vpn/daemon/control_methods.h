// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of the control socket, narrow and typed, onto the client's engine.
#pragma once

#include "app-vpn/engine/client_engine.h"
#include "shared/control/control_server.h"

#include <QTimer>

namespace higgs::vpn {

/// Lives on the daemon's thread, as the server and the engine do.
class ControlMethods : public QObject
{
    Q_OBJECT

public:
    /// `settings` is what settingsFile() of this directory holds.
    ControlMethods(control::ControlServer &server, ClientEngine &engine, const std::string &dataDir,
                   TunnelKind tunnel, const control::Json &settings);

    static std::string settingsFile(const std::string &dataDir);
    /// What a person last asked for and did not take back, in the settings.
    static void forgetWish(control::Json &settings);

    /// After the engine has started: goes on with what was asked for before a crash (if the block
    /// of that time still stands), or connects if the person wants that at every start.
    void resume();

private:
    void addMethods();
    void connectTo(control::ControlCall call);
    void disconnectFrom(control::ControlCall call);
    void restoreNetwork(control::ControlCall call);
    void listCountries(control::ControlCall call);
    void set(control::ControlCall call);
    void diagnose(control::ControlCall call);
    void tellSubscribers();

    Result<ConnectRequest> readRequest(const control::Json &params) const;
    void rememberWish(const control::Json &params);
    void save();

    control::ControlServer &m_server;
    ClientEngine &m_engine;
    TunnelKind m_tunnel;
    std::string m_settingsFile;
    control::Json m_settings;
    control::Json m_lastTold;
    QTimer m_figures; ///< byte counts change without a change of state
};

} // namespace higgs::vpn
