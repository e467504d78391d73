// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config.h"

#include "server/address_rules.h"
#include "server/admin_commands.h"
#include "server/config_reading.h"
#include "shared/protocol/relay_endpoint.h"

#include <QSysInfo>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sys/stat.h>
#include <thread>

namespace higgs::server {

namespace {

constexpr const char *DefaultDns = "9.9.9.9,149.112.112.112,2620:fe::fe";
constexpr std::int64_t MaxSessionLife = 30 * 24 * 3600;
constexpr unsigned MaxRelayThreads = 256;
constexpr std::int64_t MaxJournalDays = 3650;

std::int64_t number(const Reading &reading, const char *name, std::int64_t fallback,
                    std::int64_t largest, std::int64_t smallest = 1)
{
    const auto text = reading.value(name);
    if (!text)
        return fallback;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < smallest ||
        value > largest) {
        reading.fault(name, "needs a number from " + std::to_string(smallest) + " to " +
                                std::to_string(largest) + ", not " + shown(*text));
        return fallback;
    }
    return value;
}

constexpr std::size_t ShortestAdminToken = 16;

/// The position of the option's value in `names`, 0 when it is not given.
int oneOf(const Reading &reading, const char *name, std::initializer_list<std::string_view> names)
{
    const auto text = reading.value(name);
    if (!text)
        return 0;
    int position = 0;
    std::string all;
    for (const std::string_view candidate : names) {
        if (*text == candidate)
            return position;
        ++position;
        all += (all.empty() ? "" : " or ") + std::string(candidate);
    }
    reading.fault(name, "must be " + all + ", not " + shown(*text));
    return 0;
}

void readPublicHost(const Reading &reading, Config &config)
{
    std::string text = reading.value("public-host").value_or("");
    if (text.empty()) {
        const IpAddress &address = config.listen.address;
        text = !address.isUnspecified() ? address.toString()
                                        : QSysInfo::machineHostName().toStdString();
        config.publicHost = protocol::isHostText(text) ? text : "localhost";
        return;
    }
    if (const auto whole = Endpoint::parse(text)) {
        if (!reachable(reading, "public-host", whole->address.toString()))
            return;
        if (whole->port == 0)
            return reading.fault("public-host", "needs a port from 1 to 65535, not " + shown(text));
        config.publicHost = whole->address.toString();
        config.publicPort = whole->port;
        return;
    }
    const std::string written = text;
    const std::size_t colon = text.rfind(':');
    bool good = true;
    if (colon != std::string::npos && text.find(':') == colon) {
        std::uint16_t port = 0;
        const auto parsed =
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
        good = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && port != 0;
        config.publicPort = port;
        text.resize(colon);
    }
    if (!good || !protocol::isHostText(text))
        reading.fault("public-host", "needs NAME or NAME:PORT, not " + shown(written));
    else if (reachable(reading, "public-host", text))
        config.publicHost = text;
}

void readMetrics(const Reading &reading, Config &config)
{
    if (const auto address = reading.value("metrics"))
        config.metrics = endpoint(reading, "metrics", *address);
    if (config.metrics && config.metrics->port == 0)
        reading.remark("metrics", "has port 0: each start takes another one, which the log names");
    if (config.metrics && collide(*config.metrics, config.listen))
        reading.fault("metrics", "is where --listen is already: give it a port of its own");
    if (auto token = secretOf(reading, "metrics-token-file"))
        config.metricsToken = std::move(*token);
    if (auto token = secretOf(reading, "admin-token-file"))
        config.adminToken = std::move(*token);
    const std::size_t length = config.adminToken.reveal().size();
    if (length > 0 && length < ShortestAdminToken)
        reading.fault("admin-token-file", "names a file whose token is shorter than " +
                                              std::to_string(ShortestAdminToken) +
                                              " characters, and could be guessed");
}

void readFronts(const Reading &reading, Config &config)
{
    const auto text = reading.value("proxy-protocol-from");
    if (!text)
        return;
    for (const std::string &each : listOf(*text)) {
        const auto front = IpPrefix::parse(each);
        if (!front)
            return reading.fault("proxy-protocol-from",
                                 "needs networks as 192.0.2.7 or 192.0.2.0/24, with no bits beyond "
                                 "their length and commas between them, not " +
                                     shown(each));
        if (const std::string why = whyNotFront(*front); !why.empty())
            return reading.fault("proxy-protocol-from",
                                 "cannot be " + shown(each) + ": that " + why);
        config.fronts.push_back(*front);
    }
}

void readDns(const Reading &reading, Config &config)
{
    const std::string text = reading.value("dns").value_or(DefaultDns);
    for (const std::string &each : listOf(text)) {
        const auto address = IpAddress::parse(each);
        if (!address)
            return reading.fault("dns",
                                 "needs IP addresses with commas between them, not " + shown(text));
        if (const std::string why = whyNotResolver(*address); !why.empty())
            return reading.fault("dns", "cannot be " + shown(each) + ": that " + why);
        config.dns.push_back(*address);
    }
}

void readChoices(const Reading &reading, Config &config)
{
    // One processor is left to the control thread and the kernel's network work: a relay thread
    // more than that only wakes more often for less (1.3 instead of 1.0 times a plain forwarder's
    // CPU).
    const unsigned processors = std::max(2U, std::thread::hardware_concurrency());
    constexpr protocol::NodeAccess nodeAccesses[] = {
        protocol::NodeAccess::Open, protocol::NodeAccess::Key, protocol::NodeAccess::Approve};
    config.sessionLife = Seconds(number(reading, "session-ttl", 3600, MaxSessionLife));
    config.journalDays = static_cast<int>(number(reading, "session-journal", 0, MaxJournalDays, 0));
    config.relayThreads =
        static_cast<unsigned>(number(reading, "relay-threads", processors - 1, MaxRelayThreads));
    config.access = oneOf(reading, "access", {"open", "key"}) == 1 ? protocol::Access::Key
                                                                   : protocol::Access::Open;
    config.accessIsDefault = !reading.value("access");
    config.nodeAccessIsDefault = !reading.value("node-access");
    config.nodeAccess = nodeAccesses[oneOf(reading, "node-access", {"open", "key", "approve"})];
    config.logFormat =
        oneOf(reading, "log-format", {"text", "json"}) == 1 ? log::Format::Json : log::Format::Text;
}

void readLimits(const Reading &reading, Config &config)
{
    const auto names = limitNames();
    for (const auto &[name, value] : reading.source.limits()) {
        const auto fault = [&, &given = value](const std::string &text) {
            reading.faults.push_back({ErrorCode::InvalidArgument, given.subject + text});
        };
        double number = 0;
        const char *const end = value.text.data() + value.text.size();
        const auto [stop, error] = std::from_chars(value.text.data(), end, number);
        const bool rate = name.ends_with("-per-minute") || name.ends_with("-burst");
        if (std::find(names.begin(), names.end(), name) == names.end())
            fault(": there is no limit " + name + didYouMean(name, names));
        else if (error != std::errc() || stop != end)
            fault(" needs a number, not " + shown(value.text));
        else if (!rate && number != std::floor(number))
            fault(" needs a whole number, not " + shown(value.text));
        else if (const auto set = config.limits.set(name, number); !set)
            fault(' ' + set.error().detail + ", not " + shown(value.text));
    }
}

/// A command finds the installed service's server wherever it is given; what is here may be
/// anybody's. A server that is started by hand has its own where it is started.
std::string defaultDataDir(bool isCommand)
{
    constexpr const char *Installed = "/var/lib/boson-server"; // StateDirectory= of its unit
    struct stat found = {};
    return isCommand && ::lstat(Installed, &found) == 0 ? Installed : "boson-data";
}

void readPlaces(const Reading &reading, Config &config)
{
    config.iniFile = reading.value("config").value_or("");
    config.dataDir = reading.value("data-dir").value_or(defaultDataDir(!config.command.empty()));
    if (const auto listen =
            endpoint(reading, "listen", reading.value("listen").value_or("[::]:3000")))
        config.listen = *listen;
    config.tlsCert = reading.value("tls-cert").value_or("");
    config.tlsKey = reading.value("tls-key").value_or("");
    if (config.tlsCert.empty() != config.tlsKey.empty())
        reading.fault(config.tlsCert.empty() ? "tls-key" : "tls-cert",
                      "stands alone: --tls-cert and --tls-key go together");
    const auto database = DatabaseUrl::parse(
        reading.value("database").value_or("sqlite:" + config.dataDir + "/boson.db"));
    if (database)
        config.database = *database;
    else
        reading.fault("database", "cannot be used: " + database.error().detail);
    if (const auto text = reading.value("redis")) {
        const auto redis = RedisUrl::parse(*text);
        if (redis)
            config.redis = *redis;
        else
            reading.fault("redis", "cannot be used: " + redis.error().detail);
    }
    readPublicHost(reading, config);
}

/// What an option that is not given means; for those that are, what was written is what it means.
std::string effective(const Config &config, const std::string &name)
{
    if (name == "data-dir")
        return config.dataDir;
    if (name == "listen")
        return config.listen.toString();
    if (name == "public-host")
        return config.publicHost;
    if (name == "tls-cert" || name == "tls-key")
        return "self-made in the data directory";
    if (name == "database")
        return config.database.toString();
    if (name == "redis")
        return config.redis ? config.redis->toString() : "none";
    if (name == "stun")
        return config.stun ? config.stun->toString() : "off";
    if (name == "session-ttl")
        return std::to_string(config.sessionLife.count());
    if (name == "session-journal")
        return std::to_string(config.journalDays);
    if (name == "access" || name == "node-access")
        return "open";
    if (name == "relay-threads")
        return std::to_string(config.relayThreads);
    if (name == "log-format")
        return "text";
    return name == "dns" ? DefaultDns : "none";
}

/// What the file that an option names had in it: a secret changes in its place, too.
std::string contents(const Config &config, const std::string &name)
{
    if (name == "metrics-token-file")
        return std::string(config.metricsToken.reveal());
    if (name == "admin-token-file")
        return std::string(config.adminToken.reveal());
    return name == "turn-secret-file" && config.turn ? std::string(config.turn->secret.reveal())
                                                     : std::string();
}

std::vector<InForce> inForce(const OptionSource &source, const Config &config)
{
    std::vector<InForce> rows;
    for (const std::string &name : optionNames()) {
        const OptionValue *given = source.find(name);
        // A database's URL has a password, and what is shown is without it.
        const bool plain = given != nullptr && name != "database" && name != "redis";
        rows.push_back({name, plain ? given->text : effective(config, name),
                        given == nullptr ? "default" : given->origin,
                        given == nullptr ? 0
                                         : std::hash<std::string>()(given->text + '\n' +
                                                                    contents(config, name))});
    }
    config.limits.forEach([&](std::string_view name, double value) {
        const auto given = source.limits().find(std::string(name));
        std::array<char, 32> text{};
        const auto end =
            std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed).ptr;
        rows.push_back({"limits." + std::string(name), std::string(text.begin(), end),
                        given == source.limits().end() ? "default" : given->second.origin, 0});
    });
    return rows;
}

} // namespace

ConfigReading readConfig(const QStringList &arguments)
{
    const OptionSource source = OptionSource::read(arguments);
    ConfigReading result;
    result.faults = source.faults();
    result.remarks = source.remarks();
    result.onlyChecks = source.onlyChecks();
    for (const QString &word : source.words())
        result.config.command.push_back(word.toStdString());
    const Reading reading{source, result.faults, result.remarks};
    for (const auto read :
         {readPlaces, readStunAndTurn, readMetrics, readFronts, readDns, readChoices, readLimits})
        read(reading, result.config);
    result.inForce = inForce(source, result.config);
    return result;
}

Error firstFault(const std::vector<Error> &faults)
{
    Error first = faults.front();
    if (faults.size() > 1)
        first.detail +=
            " (and " + std::to_string(faults.size() - 1) + " more: --check-config lists all)";
    return first;
}

namespace {

/// What is longer than its column has its words on a line of their own.
QString helpRow(const QString &left, qsizetype column, const QString &words)
{
    const bool fits = left.size() < column;
    return (fits ? left.leftJustified(column)
                 : left + QLatin1Char('\n') + QString(column, QLatin1Char(' '))) +
           words + QLatin1Char('\n');
}

} // namespace

QString helpText()
{
    QString text =
        QStringLiteral("Usage: boson-server [OPTION...] [COMMAND]\n\n"
                       "Introduces Higgs.net's clients and nodes and relays between them.\n\n"
                       "Commands:\n");
    for (const AdminCommand &command : adminCommands()) {
        const std::string left = "  " + std::string(command.group) + ' ' +
                                 std::string(command.word) + (command.form.empty() ? "" : " ") +
                                 std::string(command.form);
        text += helpRow(
            QString::fromStdString(left), 45,
            QString::fromUtf8(command.help.data(), static_cast<qsizetype>(command.help.size())));
    }
    text += QStringLiteral(
        "  turn-config [FILE]                         print or write a configuration for coturn\n"
        "  backup DIR                                 database, keys and certificate, also beside "
        "a "
        "running server\n"
        "  restore DIR                                put a backup in place; what was there is "
        "kept\n"
        "  audit [--json]                             what operators have changed\n"
        "  check-database                             read an SQLite database through for faults\n"
        "  openapi                                    print the API's description\n\n"
        "Options (each is also an INI key and an environment variable, BOSON_LISTEN and so on):\n");
    for (const OptionRow &row : optionRows()) {
        const QString left =
            QStringLiteral("  --%1 %2").arg(QLatin1String(row.name), QLatin1String(row.value));
        text += helpRow(left, 38, QLatin1String(row.help));
    }
    text += QStringLiteral(
        "  --limit NAME=VALUE                  set a limit; INI: [limits] NAME=VALUE\n"
        "  --check-config                      print what is in force and what is wrong\n"
        "  --help, --version\n\nLimits (durations in milliseconds):\n");
    Limits().forEach([&text](std::string_view name, double value) {
        text += QStringLiteral("  %1 %2\n")
                    .arg(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), -28)
                    .arg(value, 0, 'f', 0);
    });
    return text;
}

} // namespace higgs::server
