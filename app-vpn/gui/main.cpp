// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-vpn: the window and tray of HiggsVPN. Parses the arguments; VpnProgram is the rest.
#include "shared/control/command_line.h"
#include "shared/control/terminal.h"

#include <array>

using namespace higgs;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr std::string_view Program = "higgs-vpn";

constexpr std::array Options = {
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket of higgs-vpnd (default /run/higgs/vpnd.sock)"},
    CommandOption{"hidden", Value::None, {}, "start in the tray"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

} // namespace

int main(int argc, char *argv[])
{
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const Result<control::CommandLine> line = control::CommandLine::parse(Options, arguments);
    if (!line)
        return control::usageError(Program, line.error().detail);
    if (line->has("help")) {
        control::printLine("Usage: higgs-vpn [options] [higgs://join?...]\n\nOptions:\n" +
                           control::describeOptions(Options) +
                           "\nExit codes: 0 done, 1 failed, 2 wrong usage.");
        return control::ExitOk;
    }
    if (line->has("version")) {
        control::printLine("higgs-vpn " HIGGS_VERSION);
        return control::ExitOk;
    }
    return control::failed(Program, "the window is not part of this build");
}
