// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/daemon_options.h"

#include "shared/control/place_text.h"
#include "shared/control/server_url.h"
#include "shared/control/text_file.h"
#include "shared/protocol/connection_limit.h"

#include <QLocale>
#include <QTimeZone>
#include <array>
#include <cstdlib>

namespace higgs::node {

using control::CommandLine;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr const char *DefaultDataDir = "/var/lib/higgs-node";
constexpr const char *DefaultControl = "/run/higgs-node/noded.sock";
constexpr std::size_t MaxKeyFile = 4096; // an access key is a line of text
constexpr std::size_t MaxConfigFile = 65536;
constexpr std::uint64_t MostGuests = protocol::MaxConnectionsLimit;
constexpr std::uint64_t MostMbps = 1'000'000;
constexpr std::uint64_t MostClockOffset = 100ULL * 366 * 86'400;

constexpr std::array Options = {
    CommandOption{"server", Value::Required, "URL",
                  "BosonServer, https://HOST:PORT (default: as configured by a controller)"},
    CommandOption{"ca", Value::Required, "FILE", "trust this certificate authority (PEM) only"},
    CommandOption{"pin", Value::Required, "SHA256", "trust the certificate with this SHA-256 only"},
    CommandOption{"access-key-file", Value::Required, "FILE", "the operator's access key"},
    CommandOption{"data-dir", Value::Required, "DIR",
                  "identity and settings (default /var/lib/higgs-node)"},
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket (default /run/higgs-node/noded.sock)"},
    CommandOption{"country", Value::Required, "CC",
                  "where this node is (default: the country of the time zone)"},
    CommandOption{"region", Value::Required, "RR", "region, such as DE-BE"},
    CommandOption{"interface", Value::Required, "NAME", "tunnel interface (default higgs-exit0)"},
    CommandOption{"udp-port", Value::Required, "N", "public UDP port (default 0: any)"},
    CommandOption{"port-mapping", Value::Required, "auto|off",
                  "whether the home's router may be asked to open that port (default auto)"},
    CommandOption{"egress", Value::Required, "IFACE",
                  "where guests leave (default: the default route's)"},
    CommandOption{"max-guests", Value::Required, "N", "guests at once (default 10)"},
    CommandOption{"up-mbps", Value::Required, "N",
                  "Mbit/s that guests together may send (0: no limit)"},
    CommandOption{"down-mbps", Value::Required, "N",
                  "Mbit/s that guests together may receive (0: no limit)"},
    CommandOption{"exit-allow", Value::Required, "CIDR",
                  "let guests reach this although the exit policy forbids it", true},
    CommandOption{"tunnel", Value::Required, "KIND", "auto, in-process, kernel or wireguard-go"},
    CommandOption{"sharing", Value::Required, "on|off",
                  "on is also the owner's consent (default: as it was last, at first off)"},
    CommandOption{"system-root", Value::Required, "DIR",
                  "look for /sys below this directory (for tests)"},
    CommandOption{"clock-offset", Value::Required, "SECONDS",
                  "shift the clock that limits go by (for tests)"},
    CommandOption{"restore-network",
                  Value::None,
                  {},
                  "undo what a daemon that is gone changed on this machine, and end"},
    CommandOption{"end-daemon",
                  Value::None,
                  {},
                  "restore-network: end a daemon that hangs, and still holds the socket"},
    CommandOption{"json", Value::None, {}, "restore-network: print JSON, also of errors"},
    CommandOption{"config", Value::Required, "FILE", "INI file with the same names"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

Result<void> readServer(const CommandLine &line, NodeConfig &config)
{
    const std::optional<std::string> server = line.value("server");
    if (server) {
        const Result<control::ServerUrl> url = control::parseServerUrl(*server);
        if (!url)
            return unexpected(url.error());
        config.serverHost = url->host;
        config.serverPort = url->port;
    }
    const std::optional<std::string> ca = line.value("ca");
    const std::optional<std::string> pin = line.value("pin");
    if (ca && pin)
        return wrong("--ca and --pin exclude each other");
    if ((ca || pin) && !server)
        return wrong("--ca and --pin say whom to trust as --server, which is missing");
    if (ca)
        config.trust = ServerTrust::authority(*ca);
    if (pin) {
        const Result<ServerTrust> trust = ServerTrust::parsePin(*pin);
        if (!trust)
            return wrong("--pin must be the SHA-256 of a certificate, 64 hex digits");
        config.trust = *trust;
    }
    if (line.has("access-key-file") && !server)
        return wrong("--access-key-file is for the server of --server URL, which is missing: "
                     "another one must not see the key");
    if (const std::optional<std::string> file = line.value("access-key-file")) {
        Result<SecretText> key = control::readSecretFile(*file, MaxKeyFile);
        if (!key)
            return unexpected(key.error());
        config.accessKey = std::move(*key);
    }
    return {};
}

/// Where this machine's clock thinks it is: right for a PC at home, unknown ("UTC") for a server.
std::string countryOfTimeZone()
{
    return QLocale::territoryToCode(QTimeZone::systemTimeZone().territory()).toStdString();
}

Result<void> readPlace(const CommandLine &line, NodeConfig &config)
{
    const std::optional<std::string> given = line.value("country");
    const Result<protocol::CountryCode> country =
        control::parseCountryText(given.value_or(countryOfTimeZone()));
    if (!country && given)
        return wrong("--country must be a country's two letters (ISO 3166-1): " + *given);
    if (country)
        config.country = country->text(); // else the owner says it before sharing
    const std::string region = line.value("region").value_or("");
    if (region.empty())
        return {};
    const Result<protocol::PlaceCode> place = control::parsePlaceText(region);
    if (!place || place->text == place->country.text())
        return wrong("--region must be a region's code (ISO 3166-2), such as DE-BE: " + region);
    if (given && place->country != *country)
        return wrong("--region must be one of the country's own, " + country->text() +
                     "-...: " + region);
    config.region = place->text;
    return {};
}

Result<void> readNetwork(const CommandLine &line, NodeConfig &config)
{
    config.interfaceName = line.value("interface").value_or(config.interfaceName);
    config.egressInterface = line.value("egress").value_or("");
    for (const std::string &name : {config.interfaceName, config.egressInterface}) {
        if (!name.empty() && !control::isInterfaceName(name))
            return wrong("not a name of an interface: " + name);
    }
    for (const std::string &text : line.values("exit-allow")) {
        const Result<IpPrefix> prefix = IpPrefix::parse(text);
        if (!prefix)
            return wrong("--exit-allow must be a prefix such as 192.0.2.0/24: " + text);
        config.exitAllow.push_back(*prefix);
    }
    if (const std::optional<std::string> kind = line.value("tunnel")) {
        const Result<TunnelKind> tunnel = parseTunnelKind(*kind);
        if (!tunnel)
            return wrong("--tunnel must be auto, in-process, kernel or wireguard-go");
        config.tunnel = *tunnel;
    }
    return {};
}

/// Negative, too.
Result<void> readClockOffset(const CommandLine &line, NodeConfig &config)
{
    const std::optional<std::string> text = line.value("clock-offset");
    if (!text)
        return {};
    const bool back = text->starts_with('-');
    const Result<std::uint64_t> seconds =
        control::parseNumber("--clock-offset", text->substr(back ? 1 : 0), 0, MostClockOffset);
    if (!seconds)
        return unexpected(seconds.error());
    config.clockOffset = Seconds(static_cast<std::int64_t>(*seconds) * (back ? -1 : 1));
    return {};
}

/// Reads a number into `out`, which keeps its default when the option is not given.
template <typename Number>
Result<void> readNumber(const CommandLine &line, const char *name, std::uint64_t least,
                        std::uint64_t most, Number &out)
{
    const std::optional<std::string> text = line.value(name);
    if (!text)
        return {};
    const Result<std::uint64_t> number =
        control::parseNumber(std::string("--") + name, *text, least, most);
    if (!number)
        return unexpected(number.error());
    out = static_cast<Number>(*number);
    return {};
}

} // namespace

std::string daemonHelp()
{
    return "Usage: higgs-noded [--server URL] [--country CC] [options]\n\n"
           "The node: lets guests leave the Internet from here, once its owner switches sharing\n"
           "on (higgs-nodectl on, or --sharing on).\n\nOptions:\n" +
           control::describeOptions(Options) +
           "\nEvery option is also an environment variable (HIGGS_NODED_DATA_DIR) and a line of\n"
           "the INI file (data-dir = DIR). Exit codes: 0 ended as asked, 1 failed, 2 wrong usage.";
}

Result<CommandLine> readCommandLine(std::span<const std::string> arguments)
{
    Result<CommandLine> line = CommandLine::parse(Options, arguments);
    if (!line)
        return line;
    if (!line->positionals().empty())
        return wrong("what is " + line->positionals().front() + "? only options are taken");
    if (Result<void> added = line->addEnvironment("HIGGS_NODED", std::getenv); !added)
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

std::string controlSocket(const CommandLine &line)
{
    return line.value("control").value_or(DefaultControl);
}

Result<DaemonOptions> readOptions(const CommandLine &line)
{
    DaemonOptions options;
    NodeConfig &config = options.config;
    for (auto *read : {readServer, readPlace, readNetwork, readClockOffset}) {
        if (Result<void> done = read(line, config); !done)
            return unexpected(done.error());
    }
    NodeLimits &limits = config.limits;
    for (const Result<void> &done :
         {readNumber(line, "udp-port", 0, 65535, config.udpPort),
          readNumber(line, "max-guests", 1, MostGuests, limits.maxGuests),
          readNumber(line, "up-mbps", 0, MostMbps, limits.upMbps),
          readNumber(line, "down-mbps", 0, MostMbps, limits.downMbps)}) {
        if (!done)
            return unexpected(done.error());
    }
    for (const auto &[name, member] : {std::pair{"max-guests", &NodeLimits::maxGuests},
                                       std::pair{"up-mbps", &NodeLimits::upMbps},
                                       std::pair{"down-mbps", &NodeLimits::downMbps}}) {
        if (line.has(name))
            options.givenLimits.push_back(member);
    }
    options.fixed = {line.has("server"), line.has("country"), line.has("region"),
                     line.has("access-key-file")};
    config.systemRoot = line.value("system-root").value_or("");
    if (const std::optional<std::string> mapping = line.value("port-mapping")) {
        if (*mapping != "auto" && *mapping != "off")
            return wrong("--port-mapping must be auto or off");
        options.portMapping = limits.portMapping = *mapping == "auto";
    }
    if (const std::optional<std::string> sharing = line.value("sharing")) {
        if (*sharing != "on" && *sharing != "off")
            return wrong("--sharing must be on or off");
        options.sharing = *sharing == "on";
    }
    config.dataDir = dataDirectory(line);
    options.controlSocket = controlSocket(line);
    return options;
}

} // namespace higgs::node
