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
                  "control socket of higgs-noded (default /run/higgs-node/noded.sock)"},
    CommandOption{"json", Value::None, {}, "print JSON, also of errors"},
    CommandOption{"watch", Value::None, {}, "status: go on printing changes"},
    CommandOption{
        "agree", Value::None, {}, "on: the owner agrees that guests use the Internet from here"},
    CommandOption{"max-guests", Value::Required, "N", "limits: guests at once"},
    CommandOption{"up-mbps", Value::Required, "N",
                  "limits: Mbit/s that guests together may send (0: no limit)"},
    CommandOption{"down-mbps", Value::Required, "N",
                  "limits: Mbit/s that guests together may receive (0: no limit)"},
    CommandOption{"monthly", Value::Required, "SIZE",
                  "limits: bytes a month, both ways, such as 500G (0: no limit)"},
    CommandOption{"reset-day", Value::Required, "DAY", "limits: when the month begins, 1 to 28"},
    CommandOption{"battery", Value::Required, "share|stop", "limits: while on battery"},
    CommandOption{"metered", Value::Required, "share|stop", "limits: on a metered network"},
    CommandOption{"good-neighbour", Value::Required, "on|off",
                  "limits: guests give way to the owner's own traffic"},
    CommandOption{"port-mapping", Value::Required, "on|off",
                  "limits: the home's router may be asked to open the node's UDP port"},
    CommandOption{"days", Value::Required, "N", "history: how many (default 31, at most 400)"},
    CommandOption{"hours", Value::Required, "N", "history: by hour, the last N (at most 48)"},
    CommandOption{"run", Value::None, {}, "safety: attack the home now"},
    CommandOption{"pin", Value::Required, "SHA256", "server: trust this certificate only"},
    CommandOption{"yes", Value::None, {}, "join: do not ask"},
    CommandOption{"forget", Value::None, {}, "access-key: forget it"},
    CommandOption{"lines", Value::Required, "N", "log: how many (default 100, at most 1000)"},
    CommandOption{"data-dir", Value::Required, "DIR",
                  "restore-network: of higgs-noded, where it does not run"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

} // namespace

int main(int argc, char *argv[])
{
    return control::runTerminalProgram(node::Program, Options, node::commands(), argc, argv);
}
