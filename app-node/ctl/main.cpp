// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-nodectl: HiggsNode from a terminal.
#include "app-node/ctl/commands.h"

#include <array>

using namespace higgs;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr std::array Options = {
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket of higgs-noded (default /run/higgs/noded.sock)"},
    CommandOption{"json", Value::None, {}, "print JSON"},
    CommandOption{"watch", Value::None, {}, "status: go on printing changes"},
    CommandOption{"max-guests", Value::Required, "N", "limits: guests at once"},
    CommandOption{"up-mbps", Value::Required, "N",
                  "limits: Mbit/s up that are offered, told to the server (0: unsaid)"},
    CommandOption{"down-mbps", Value::Required, "N",
                  "limits: Mbit/s down that are offered, told to the server (0: unsaid)"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

} // namespace

int main(int argc, char *argv[])
{
    return control::runTerminalProgram(node::Program, Options, node::commands(), argc, argv);
}
