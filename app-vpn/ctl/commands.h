// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-vpnctl: each speaks to the daemon and returns an exit code.
#pragma once

#include "shared/control/terminal_program.h"

#include <span>
#include <string>
#include <string_view>

namespace higgs::vpn {

constexpr std::string_view Program = "higgs-vpnctl";
constexpr std::string_view DefaultControlSocket = "/run/higgs/vpnd.sock";

std::span<const control::Command> commands();

/// The settings and their values, as lines for --help.
std::string settingsHelp();

// connection_commands.cpp: the tunnel, now.
int runStatus(const control::CommandLine &line);
int runCountries(const control::CommandLine &line);
int runConnect(const control::CommandLine &line);
int runBack(const control::CommandLine &line);
int runDisconnect(const control::CommandLine &line);
int runPause(const control::CommandLine &line);
int runResume(const control::CommandLine &line);

// settings_commands.cpp: what the daemon keeps.
int runSettings(const control::CommandLine &line);
int runSet(const control::CommandLine &line);
int runServer(const control::CommandLine &line);
int runJoin(const control::CommandLine &line);
int runAccessKey(const control::CommandLine &line);

// machine_commands.cpp: this machine, and the programs on it.
int runDiagnose(const control::CommandLine &line);
int runReceipt(const control::CommandLine &line);
int runLog(const control::CommandLine &line);
int runRestoreNetwork(const control::CommandLine &line);
int runExclude(const control::CommandLine &line); // in exclude_command.cpp

} // namespace higgs::vpn
