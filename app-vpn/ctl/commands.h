// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-vpnctl: each speaks to the daemon and returns an exit code.
#pragma once

#include "shared/control/command_line.h"

#include <span>
#include <string_view>

namespace higgs::vpn {

constexpr std::string_view Program = "higgs-vpnctl";
constexpr std::string_view DefaultControlSocket = "/run/higgs/vpnd.sock";

struct Command
{
    std::string_view name;
    std::string_view usage; ///< arguments, for the help
    std::string_view help;
    std::span<const std::string_view> options; ///< besides those that all commands take
    std::size_t leastArguments = 0;
    std::size_t mostArguments = 0;
    int (*run)(const control::CommandLine &line) = nullptr;
};

std::span<const Command> commands();

} // namespace higgs::vpn
