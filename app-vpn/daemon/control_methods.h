// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of the control socket, narrow and typed, onto the client's engine.
#pragma once

#include "app-vpn/daemon/exclusion.h"
#include "app-vpn/daemon/past_trips.h"
#include "app-vpn/daemon/status_json.h"
#include "shared/base/log_ring.h"
#include "shared/control/control_server.h"

#include <QTimer>

namespace higgs::vpn {

/// What the verbs work on; all of it outlives them.
struct ControlParts
{
    control::ControlServer &server;
    ClientEngine &engine;
    const log::LogRing &log;
};

struct ControlFacts
{
    std::string dataDir;
    TunnelKind tunnel = TunnelKind::Auto;
    /// The server stands in the daemon's options, and is not a controller's to change.
    bool serverByOptions = false;
    Exclusion exclusion;
    /// Why the settings file cannot be read, or not all of it; empty: it can. It stays where it is
    /// until somebody decides something that is to be written down.
    std::string settingsFault;
};

/// Lives on the daemon's thread, as the server and the engine do.
class ControlMethods : public QObject
{
    Q_OBJECT

public:
    /// `settings` is what settingsFile() of this directory holds, or closedSettings().
    ControlMethods(ControlParts parts, ControlFacts facts, Settings settings);

    static std::string settingsFile(const std::string &dataDir);

    /// After the engine has started: goes on with a pause, or with what was asked for before a
    /// crash (if the block of that time still stands), or connects if the person wants that at
    /// every start.
    void resume();

private:
    using Verb = void (ControlMethods::*)(control::ControlCall);

    void addMethods();
    void tellStatus(control::ControlCall call);
    void subscribe(control::ControlCall call);
    /// Connects, and remembers that it is wished.
    void begin(const ConnectRequest &request);
    void connectTo(control::ControlCall call);
    void cancelSwitch(control::ControlCall call);
    void disconnectFrom(control::ControlCall call);
    void restoreNetwork(control::ControlCall call);
    void listCountries(control::ControlCall call);
    void diagnose(control::ControlCall call);
    void tellReceipt(control::ControlCall call);
    void set(control::ControlCall call);
    void pause(control::ControlCall call);
    void endPause(control::ControlCall call);
    void configureServer(control::ControlCall call);
    void setAccessKey(control::ControlCall call);
    void exclude(control::ControlCall call);
    void listLog(control::ControlCall call);

    Json statusNow();
    void noticeExclusion();
    /// Remembers what a round trip of the session that stands takes.
    void noteTrip();
    /// The engine has gone back to the exit of before by itself.
    void noteReturn();
    void tellSubscribers();
    void engineChanged();
    /// Writes the settings down. A failure is logged, for where it matters only after a crash.
    void save();
    /// Takes back what was asked for. What holds after a restart, where the disk takes no word of
    /// it; empty: what holds now.
    std::string forget();
    Result<void> write();

    control::ControlServer &m_server;
    ClientEngine &m_engine;
    const log::LogRing &m_log;
    ControlFacts m_facts;
    Settings m_settings;
    PastTrips m_past;
    Json m_lastTold;
    QTimer m_figures; ///< byte counts change without a change of state
};

} // namespace higgs::vpn
