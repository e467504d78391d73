// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-vpnctl: each speaks to the daemon and returns an exit code.
#pragma once

#include "shared/control/terminal_program.h"

#include <span>
#include <string_view>

namespace higgs::vpn {

constexpr std::string_view Program = "higgs-vpnctl";
constexpr std::string_view DefaultControlSocket = "/run/higgs/vpnd.sock";

std::span<const control::Command> commands();

} // namespace higgs::vpn
