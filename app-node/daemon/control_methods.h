// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of the control socket, narrow and typed, onto the node's engine.
#pragma once

#include "app-node/daemon/hour_book.h"
#include "app-node/daemon/status_json.h"
#include "shared/base/log_ring.h"
#include "shared/control/control_server.h"

#include <QTimer>

namespace higgs::node {

/// What the verbs work on; all of it outlives them.
struct ControlParts
{
    control::ControlServer &server;
    NodeEngine &engine;
    const log::LogRing &log;
};

/// Lives on the daemon's thread, as the server and the engine do.
class ControlMethods : public QObject
{
    Q_OBJECT

public:
    /// `settings` is what settingsFile() of the engine's data directory holds, if it is whole.
    ControlMethods(ControlParts parts, FixedSettings fixed, Settings settings,
                   SettingsFaults faults, HourBook hours);
    ~ControlMethods() override; ///< keeps the figures

    static std::string settingsFile(const std::string &dataDir);
    static std::string usageFile(const std::string &dataDir);

private:
    using Verb = void (ControlMethods::*)(control::ControlCall);

    void addMethods();
    // control_methods.cpp
    void tellStatus(control::ControlCall call);
    void subscribe(control::ControlCall call);
    void setSharing(control::ControlCall call);
    void restoreNetwork(control::ControlCall call);
    void consent(control::ControlCall call);
    void pause(control::ControlCall call);
    void resume(control::ControlCall call);
    void listGuests(control::ControlCall call);
    void endGuest(control::ControlCall call);
    void history(control::ControlCall call);
    void hour(control::ControlCall call);
    void safety(control::ControlCall call);
    void diagnose(control::ControlCall call);
    void listLog(control::ControlCall call);
    // setting_methods.cpp
    void limits(control::ControlCall call);
    void set(control::ControlCall call);
    void configureServer(control::ControlCall call);
    void setAccessKey(control::ControlCall call);

    [[nodiscard]] Json statusNow() const;
    [[nodiscard]] WallTime ownNow() const;
    void tellSubscribers();
    void engineChanged();
    void keepFigures();
    Result<void> write();
    /// Replaces a damaged file, which is kept beside, and forgets its fault.
    Result<void> replace(std::string &fault, const std::string &path, const Json &file);
    /// As keep(), for what takes back a consent: it holds now, whatever becomes of the file, and
    /// the error says so.
    template <typename Change>
    Result<void> takeBack(Change change);
    /// Changes the settings by `change` and writes them; on failure they are as before.
    template <typename Change>
    Result<void> keep(Change change);

    control::ControlServer &m_server;
    NodeEngine &m_engine;
    const log::LogRing &m_log;
    FixedSettings m_fixed;
    Settings m_settings;
    SettingsFaults m_faults;
    Json m_lastTold;
    UsageLedger m_keptUsage; ///< as on disk
    HourBook m_hours;
    QTimer m_figures; ///< byte counts change without a change of state
    QTimer m_keepTimer;
};

template <typename Change>
Result<void> ControlMethods::keep(Change change)
{
    const Settings before = m_settings;
    change(m_settings);
    Result<void> written = write();
    if (!written)
        m_settings = before;
    return written;
}

template <typename Change>
Result<void> ControlMethods::takeBack(Change change)
{
    change(m_settings);
    const Result<void> written = write();
    if (written)
        return written;
    return unexpected(
        written.error().code,
        "it is done, but could not be written down, and after a restart the node does "
        "as before: " +
            written.error().detail);
}

} // namespace higgs::node
