// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/daemon_call.h"

#include "app-vpn/ctl/commands.h"
#include "shared/control/terminal.h"

namespace higgs::vpn {

using control::BlockingControlClient;
using control::CommandLine;
using control::Json;

std::string socketPath(const CommandLine &line)
{
    return line.value("control").value_or(std::string(DefaultControlSocket));
}

Result<BlockingControlClient> openClient(const CommandLine &line)
{
    return control::openDaemon(socketPath(line), "higgs-vpnd",
                               "'systemctl start higgs-vpnd' or 'higgs-vpnd'");
}

Result<Json> callOnce(const CommandLine &line, std::string_view method, const Json &params,
                      Milliseconds timeout)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return unexpected(client.error());
    return client->call(method, params, timeout);
}

int failedWith(const CommandLine &line, const Error &error)
{
    return control::failed(Program, error, line.has("json"));
}

int wrongUsage(const CommandLine &line, std::string_view message)
{
    return control::usageError(Program, message, line.has("json"));
}

std::string noteOf(const Json &answer)
{
    const std::string note = control::textMember(answer, "note");
    return note.empty() ? note : " But " + note + ".";
}

int done(const CommandLine &line, const Json &answer, std::string_view sentence)
{
    if (line.has("json"))
        control::printJson(answer);
    else
        control::printLine(sentence);
    return control::ExitOk;
}

} // namespace higgs::vpn
