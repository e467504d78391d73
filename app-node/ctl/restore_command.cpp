// SPDX-License-Identifier: GPL-3.0-or-later
// `higgs-nodectl restore-network`: by the daemon, or without it.
#include "app-node/ctl/commands.h"
#include "shared/control/control_socket.h"
#include "shared/control/daemon_program.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace higgs::node {

using control::CommandLine;
using control::Json;

namespace {

std::vector<std::string> offlineRestore(const CommandLine &line)
{
    const std::string socket = line.value("control").value_or(std::string(DefaultControlSocket));
    std::vector<std::string> arguments = {"higgs-noded", "--restore-network", "--control", socket};
    const std::string dataDir = line.value("data-dir").value_or(control::lastDaemonNote(socket));
    if (!dataDir.empty())
        arguments.insert(arguments.end(), {"--data-dir", dataDir});
    if (::geteuid() == 0)
        arguments.emplace_back("--end-daemon");
    if (line.has("json"))
        arguments.emplace_back("--json");
    return arguments;
}

} // namespace

int runRestoreNetwork(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "restoreNetwork");
    if (answer || !control::needsOfflineWay(answer.error())) {
        if (!answer && answer.error().code == ErrorCode::Timeout)
            return failedWith(line, {ErrorCode::Timeout,
                                     "higgs-noded runs and does not answer: only root can give the "
                                     "network back now: 'sudo higgs-nodectl restore-network'"});
        return show(line, answer, [](const Json &) {
            return std::string("Sharing is off, and the network is as it was before.");
        });
    }
    control::becomeDaemon(offlineRestore(line));
    return failedWith(line, {ErrorCode::Unavailable,
                             std::string("higgs-noded does not answer and cannot be run: ") +
                                 std::strerror(errno) +
                                 "; what it changed goes when this computer is restarted"});
}

} // namespace higgs::node
