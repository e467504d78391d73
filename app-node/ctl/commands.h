// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-nodectl: each speaks to the daemon and returns an exit code.
#pragma once

#include "shared/control/terminal_program.h"

#include <span>
#include <string_view>

namespace higgs::node {

constexpr std::string_view Program = "higgs-nodectl";
constexpr std::string_view DefaultControlSocket = "/run/higgs/noded.sock";

std::span<const control::Command> commands();

} // namespace higgs::node
