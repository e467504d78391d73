// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-vpnctl: HiggsVPN from a terminal.
#include "app-vpn/ctl/commands.h"

#include <array>

using namespace higgs;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr std::array Options = {
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket of higgs-vpnd (default /run/higgs/vpnd.sock)"},
    CommandOption{"json", Value::None, {}, "print JSON, also of errors"},
    CommandOption{"watch", Value::None, {}, "status: go on printing changes"},
    CommandOption{"node", Value::Required, "ID", "connect: this node"},
    CommandOption{"path", Value::Required, "KIND", "connect: auto, relay, direct or turn"},
    CommandOption{"via", Value::Required, "CC", "connect: enter in this country first"},
    CommandOption{"wait", Value::Optional, "SECONDS",
                  "connect, back, resume: return when connected (default 30 s)"},
    CommandOption{"pin", Value::Required, "SHA256", "server: trust this certificate only"},
    CommandOption{"yes", Value::None, {}, "join: do not ask"},
    CommandOption{"forget", Value::None, {}, "access-key: forget it"},
    CommandOption{"lines", Value::Required, "N", "log: how many (default 100, at most 1000)"},
    CommandOption{"data-dir", Value::Required, "DIR",
                  "restore-network: of higgs-vpnd, where it does not run"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

} // namespace

int main(int argc, char *argv[])
{
    return control::runTerminalProgram(vpn::Program, Options, vpn::commands(), argc, argv,
                                       vpn::settingsHelp());
}
