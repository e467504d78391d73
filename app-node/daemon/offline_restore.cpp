// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/offline_restore.h"

#include "app-node/daemon/control_methods.h"
#include "app-node/daemon/daemon_options.h"
#include "shared/base/log.h"
#include "shared/control/control_socket.h"
#include "shared/control/network_lock.h"
#include "shared/control/settings_file.h"
#include "shared/control/socket_takeover.h"
#include "shared/control/terminal.h"
#include "shared/tunnel/exit_restoration.h"
#include "shared/tunnel/privileges.h"

#include <unistd.h>

namespace higgs::node {

namespace {

constexpr const char *Program = "higgs-noded";

/// True: sharing was on.
Result<bool> forgetSharing(const std::string &settingsFile)
{
    const Result<control::Json> file = control::readSettings(settingsFile);
    // The daemon shares nothing by a file that is damaged, and a person may want to rescue it.
    if (!file || !faultOf(*file).empty() || !saysSharing(*file))
        return false;
    Settings settings = settingsFromFile(*file);
    settings.sharing = false;
    settings.pausedUntil.reset();
    if (Result<void> kept = control::writeSettings(settingsFile, settingsToFile(settings)); !kept)
        return unexpected(kept.error());
    return true;
}

/// Holding the socket proves that no daemon runs, and keeps one from starting meanwhile; where it
/// cannot be made, none can listen.
Result<control::TakenSocket> holdSocket(const std::string &socket, const std::string &dataDir,
                                        bool endDaemon)
{
    const std::string directory = socket.substr(0, socket.rfind('/') + 1);
    if (!directory.empty() && ::access(directory.c_str(), F_OK) != 0)
        return control::TakenSocket{};
    if (endDaemon) {
        auto taken = control::takeOverSocket(socket, Program, dataDir, control::Admission::Nobody);
        if (taken || taken.error().code != ErrorCode::AlreadyExists)
            return taken;
    }
    auto held = control::ControlSocket::open(socket, dataDir, control::Admission::Nobody);
    if (!held && held.error().code == ErrorCode::AlreadyExists)
        return unexpected(held.error());
    return control::TakenSocket{held ? std::move(*held) : nullptr, false};
}

std::string joined(const std::vector<std::string> &phrases)
{
    std::string text;
    for (const std::string &phrase : phrases)
        text += (text.empty() ? "" : "; ") + phrase;
    return text;
}

int tell(const ExitRestoration &told, bool wasSharing, bool json)
{
    if (!json) {
        for (const std::string &phrase : told.undone)
            control::printLine("undone: " + phrase);
        for (const std::string &phrase : told.left)
            control::printLine("left:   " + phrase);
    }
    if (!told.failed.empty())
        return control::failed(Program,
                               {ErrorCode::System, "not undone: " + joined(told.failed) +
                                                       "; what is left of it goes when this "
                                                       "computer is restarted"},
                               json);
    if (json)
        control::printJson({{"restored", true},
                            {"offline", true},
                            {"sharingEnded", wasSharing},
                            {"undone", told.undone},
                            {"left", told.left}});
    else
        control::printLine(wasSharing ? "The network is as it was before, and sharing is off."
                                      : "The network is as it was before.");
    return control::ExitOk;
}

} // namespace

int restoreNetwork(const control::CommandLine &line)
{
    const bool json = line.has("json");
    if (!hasNetAdmin())
        return control::failed(Program,
                               {ErrorCode::Permission, "only root can give the network back: 'sudo "
                                                       "higgs-nodectl restore-network'"},
                               json);
    log::configure(log::Format::Text, log::Level::Warning); // what is done is told below
    const std::string socket = controlSocket(line);
    const std::string dataDir = dataDirectory(line);
    const auto held = holdSocket(socket, dataDir, line.has("end-daemon"));
    if (!held && held.error().code == ErrorCode::Permission)
        return control::failed(Program, held.error(), json);
    if (!held)
        return control::failed(Program,
                               {ErrorCode::AlreadyExists,
                                held.error().detail + ": use 'higgs-nodectl --control " + socket +
                                    " restore-network', or, if it does not answer, "
                                    "'systemctl stop higgs-noded' first"},
                               json);
    // One with another socket would put back what is taken away here.
    const auto network =
        control::holdNetwork(LockDirectory, Program, socket, control::LockUser::Restoration);
    if (!network)
        return control::failed(Program,
                               {ErrorCode::AlreadyExists,
                                network.error().detail +
                                    ": use 'higgs-nodectl --control SOCKET restore-network' with "
                                    "that socket, or end it first"},
                               json);
    const Result<bool> forgotten = forgetSharing(ControlMethods::settingsFile(dataDir));
    ExitRestoration told =
        restoreExit(dataDir, line.value("interface").value_or(NodeConfig().interfaceName));
    if (!forgotten)
        told.failed.push_back("sharing, which begins again with the service: " +
                              forgotten.error().detail);
    if (held->ended)
        told.undone.insert(told.undone.begin(), "higgs-noded, which did not answer, was ended");
    return tell(told, forgotten && *forgotten, json);
}

} // namespace higgs::node
