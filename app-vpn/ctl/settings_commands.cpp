// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/commands.h"
#include "app-vpn/ctl/daemon_call.h"
#include "shared/control/join.h"
#include "shared/control/terminal.h"
#include "shared/control/terminal_input.h"

#include <algorithm>
#include <array>

namespace higgs::vpn {

using control::BlockingControlClient;
using control::CommandLine;
using control::ExitOk;
using control::Invitation;
using control::Json;
using control::printJson;
using control::printLine;
using control::textMember;

namespace {

// An access key is a line of text; more is a file given by mistake.
constexpr std::size_t LongestAccessKey = 512;

struct Setting
{
    std::string_view key;
    std::string_view values;
    std::string_view help;
};

constexpr std::array Settings = {
    Setting{"country", "CC|any", "where to leave, unless connect names another"},
    Setting{"path", "auto|relay|direct|turn", "how packets reach the exit"},
    Setting{"via", "CC|none", "enter in this country first"},
    Setting{"autoconnect", "on|off", "connect when the daemon starts"},
    Setting{"lockdown", "on|off", "let nothing leave without the tunnel, ever"},
    Setting{"lan", "on|off", "allow the local network while connected"},
    Setting{"port-mapping", "on|off", "ask the router here to open a port for a direct way"},
    Setting{"dns", "node|ADDR,...", "who resolves names, through the tunnel"},
};

void printSettings(const CommandLine &line, const Json &settings)
{
    if (line.has("json") || !settings.is_object()) {
        printJson(settings);
        return;
    }
    for (const auto &[key, value] : settings.items())
        printLine(control::plainLine(key) + " = " +
                  control::plainLine(value.is_string() ? value.get<std::string>() : value.dump()));
}

int showSettings(const CommandLine &line, const Json &params)
{
    const Result<Json> settings = callOnce(line, "set", params, AnswerTimeout);
    if (!settings)
        return failedWith(line, settings.error());
    printSettings(line, *settings);
    return ExitOk;
}

int useServer(const CommandLine &line, const Invitation &invitation)
{
    Json params = control::serverParams(invitation);
    const Result<Json> answer = callOnce(line, "configureServer", params, AnswerTimeout);
    control::wipeMember(params, "accessKey");
    if (!answer)
        return failedWith(line, answer.error());
    return done(line, *answer,
                "The server is now " + control::serverUrlText(invitation.server) + ". " +
                    control::trustText(invitation.pin) +
                    (invitation.key.empty()
                         ? ""
                         : "\nIts access key is set until the daemon ends; it is not written "
                           "down."));
}

int showServer(const CommandLine &line)
{
    const Result<Json> status = callOnce(line, "status", Json::object(), AnswerTimeout);
    if (!status)
        return failedWith(line, status.error());
    const Json server = status->is_object() ? status->value("server", Json()) : Json();
    if (line.has("json")) {
        printJson({{"server", server}});
        return ExitOk;
    }
    const std::string host = textMember(server, "host");
    if (host.empty()) {
        printLine("No server is chosen: 'higgs-vpnctl server URL', or 'higgs-vpnctl join LINK'.");
        return ExitOk;
    }
    const auto port = static_cast<std::uint16_t>(control::countMember(server, "port"));
    const Result<std::string> pin = control::parsePin(textMember(server, "pin"));
    printLine(control::serverUrlText({host, port}) + "\n" + control::trustText(pin.value_or("")));
    return ExitOk;
}

} // namespace

std::string settingsHelp()
{
    std::string text = "\nSettings:\n";
    for (const Setting &setting : Settings) {
        std::string name = "  " + std::string(setting.key) + " " + std::string(setting.values);
        name.resize(std::max<std::size_t>(name.size() + 1, 30), ' ');
        text += name + std::string(setting.help) + "\n";
    }
    return text;
}

int runSettings(const CommandLine &line)
{
    return showSettings(line, Json::object());
}

int runSet(const CommandLine &line)
{
    const std::vector<std::string> &words = line.positionals();
    if (words.size() == 2)
        return wrongUsage(line, "usage: set [KEY VALUE]");
    // Which keys and values there are is the daemon's to say, also of one that is newer than this.
    return showSettings(line, words.size() == 3 ? Json{{"key", words[1]}, {"value", words[2]}}
                                                : Json::object());
}

int runServer(const CommandLine &line)
{
    const bool chooses = line.positionals().size() == 2;
    if (!chooses && line.has("pin"))
        return wrongUsage(line, "--pin goes with a server's URL");
    if (!chooses)
        return showServer(line);
    const Result<control::ServerUrl> server = control::parseServerUrl(line.positionals()[1]);
    if (!server)
        return wrongUsage(line, server.error().detail);
    Result<std::string> pin = std::string();
    if (const auto given = line.value("pin"))
        pin = control::parsePin(*given);
    if (!pin)
        return wrongUsage(line, pin.error().detail);
    return useServer(line, {*server, *pin});
}

int runJoin(const CommandLine &line)
{
    const Result<Invitation> invitation = control::acceptedInvitation(
        line, [&line] { return callOnce(line, "status", Json::object(), AnswerTimeout); });
    if (!invitation && invitation.error().code == ErrorCode::InvalidArgument)
        return wrongUsage(line, invitation.error().detail);
    if (!invitation)
        return failedWith(line, invitation.error());
    if (invitation->toShare)
        return wrongUsage(line, "this invitation is for sharing a connection: give it to "
                                "'higgs-nodectl join'");
    return useServer(line, *invitation);
}

int runAccessKey(const CommandLine &line)
{
    const bool forget = line.has("forget");
    Json params = {{"key", ""}};
    if (!forget) {
        const Result<SecretText> key = control::readSecretLine("Access key: ", LongestAccessKey);
        if (!key)
            return failedWith(line, key.error());
        params["key"] = key->reveal();
    }
    const Result<Json> answer = callOnce(line, "setAccessKey", params, AnswerTimeout);
    control::wipeMember(params, "key");
    if (!answer)
        return failedWith(line, answer.error());
    return done(line, *answer,
                forget ? "The access key is forgotten."
                       : "The access key is set until the daemon ends; it is not written down.");
}

} // namespace higgs::vpn
