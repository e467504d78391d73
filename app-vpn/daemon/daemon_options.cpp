// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/daemon_options.h"

#include "shared/control/server_url.h"
#include "shared/control/text_file.h"

#include <array>
#include <cstdlib>

namespace higgs::vpn {

using control::CommandLine;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr const char *DefaultDataDir = "/var/lib/higgs-vpn";
constexpr const char *DefaultControl = "/run/higgs/vpnd.sock";
// An access key is a line of text; more is another file.
constexpr std::size_t MaxKeyFile = 4096;
constexpr std::size_t MaxConfigFile = 65536;

constexpr std::array Options = {
    CommandOption{"server", Value::Required, "URL",
                  "BosonServer, https://HOST:PORT (without it: the one that a controller names)"},
    CommandOption{"ca", Value::Required, "FILE", "trust this certificate authority (PEM) only"},
    CommandOption{"pin", Value::Required, "SHA256", "trust the certificate with this SHA-256 only"},
    CommandOption{"access-key-file", Value::Required, "FILE", "the operator's access key"},
    CommandOption{"data-dir", Value::Required, "DIR", "state (default /var/lib/higgs-vpn)"},
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket (default /run/higgs/vpnd.sock)"},
    CommandOption{"interface", Value::Required, "NAME", "tunnel interface (default higgs0)"},
    CommandOption{"tunnel", Value::Required, "KIND", "auto, in-process, kernel or wireguard-go"},
    CommandOption{"config", Value::Required, "FILE", "INI file with the same names"},
    CommandOption{"restore-network",
                  Value::None,
                  {},
                  "take away what a dead daemon left on this machine, and end"},
    CommandOption{"end-daemon",
                  Value::None,
                  {},
                  "restore-network: end a daemon that hangs, and still holds the socket"},
    CommandOption{"lockdown",
                  Value::None,
                  {},
                  "if lockdown is set, block all that leaves, and end: for the system's start"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

Result<ServerTrust> readTrust(const CommandLine &line)
{
    const std::optional<std::string> ca = line.value("ca");
    const std::optional<std::string> pin = line.value("pin");
    if (ca && pin)
        return wrong("--ca and --pin exclude each other");
    if (pin) {
        Result<ServerTrust> trust = ServerTrust::parsePin(*pin);
        if (!trust)
            return wrong("--pin must be the SHA-256 of a certificate, 64 hex digits");
        return trust;
    }
    return ca ? ServerTrust::authority(*ca) : ServerTrust::system();
}

} // namespace

std::span<const CommandOption> daemonOptionTable()
{
    return Options;
}

std::string daemonHelp()
{
    return "Usage: higgs-vpnd [--server URL] [options]\n\n"
           "The client's engine: builds the tunnel and the kill switch. higgs-vpnctl controls "
           "it.\n\n"
           "Options:\n" +
           control::describeOptions(Options) +
           "\nEvery option is also an environment variable (HIGGS_VPND_DATA_DIR) and a line of "
           "the\n"
           "INI file (data-dir = DIR). Exit codes: 0 ended as asked, 1 failed, 2 wrong usage.";
}

Result<CommandLine> readCommandLine(std::span<const std::string> arguments)
{
    Result<CommandLine> line = CommandLine::parse(Options, arguments);
    if (!line)
        return line;
    if (!line->positionals().empty())
        return wrong("what is " + line->positionals().front() + "? only options are taken");
    if (Result<void> added = line->addEnvironment("HIGGS_VPND", std::getenv); !added)
        return unexpected(added.error());
    if (const std::optional<std::string> config = line->value("config")) {
        const Result<std::string> text = control::readTextFile(*config, MaxConfigFile);
        if (!text)
            return unexpected(text.error());
        if (Result<void> added = line->addIni(*text); !added)
            return unexpected(added.error());
    }
    return line;
}

std::string dataDirectory(const CommandLine &line)
{
    return line.value("data-dir").value_or(DefaultDataDir);
}

std::string dataDirectoryAtBoot(std::span<const std::string> arguments)
{
    constexpr std::string_view Joined = "--data-dir=";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i].starts_with(Joined))
            return arguments[i].substr(Joined.size());
        if (arguments[i] == "--data-dir" && i + 1 < arguments.size())
            return arguments[i + 1];
    }
    const char *byEnvironment = std::getenv("HIGGS_VPND_DATA_DIR");
    return byEnvironment != nullptr ? byEnvironment : DefaultDataDir;
}

std::string controlSocket(const CommandLine &line)
{
    return line.value("control").value_or(DefaultControl);
}

Result<DaemonOptions> readOptions(const CommandLine &line)
{
    DaemonOptions options;
    ClientConfig &config = options.config;
    if (const std::optional<std::string> server = line.value("server")) {
        const Result<control::ServerUrl> url = control::parseServerUrl(*server);
        if (!url)
            return unexpected(url.error());
        config.serverHost = url->host;
        config.serverPort = url->port;
    } else if (line.has("ca") || line.has("pin")) {
        return wrong("--ca and --pin say how to know the server of --server URL, which is missing");
    } else if (line.has("access-key-file")) {
        return wrong("--access-key-file is for the server of --server URL, which is missing: "
                     "another one must not see the key");
    }
    const Result<ServerTrust> trust = readTrust(line);
    if (!trust)
        return unexpected(trust.error());
    config.trust = *trust;
    if (const std::optional<std::string> file = line.value("access-key-file")) {
        Result<SecretText> key = control::readSecretFile(*file, MaxKeyFile);
        if (!key)
            return unexpected(key.error());
        config.accessKey = std::move(*key);
    }
    config.dataDir = dataDirectory(line);
    if (const std::optional<std::string> name = line.value("interface")) {
        if (!control::isInterfaceName(*name))
            return wrong("--interface must be a name of 1 to 15 letters, digits, '-', '_' or '.'");
        config.interfaceName = *name;
    }
    if (const std::optional<std::string> kind = line.value("tunnel")) {
        const Result<TunnelKind> tunnel = parseTunnelKind(*kind);
        if (!tunnel)
            return wrong("--tunnel must be auto, in-process, kernel or wireguard-go");
        config.tunnel = *tunnel;
    }
    options.controlSocket = controlSocket(line);
    return options;
}

} // namespace higgs::vpn
