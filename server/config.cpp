// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config.h"

#include "server/admin_commands.h"
#include "server/identity.h"
#include "server/option_source.h"
#include "shared/protocol/relay_endpoint.h"

#include <QSysInfo>
#include <algorithm>
#include <charconv>
#include <thread>

namespace higgs::server {

namespace {

constexpr const char *DefaultDns = "9.9.9.9,149.112.112.112,2620:fe::fe";
constexpr std::int64_t MaxSessionLife = 30 * 24 * 3600;
constexpr unsigned MaxRelayThreads = 256;

Unexpected usage(const std::string &text)
{
    return unexpected(ErrorCode::InvalidArgument, text);
}

Result<std::int64_t> number(const OptionSource &source, const char *name, std::int64_t fallback,
                            std::int64_t largest)
{
    const auto text = source.value(name);
    if (!text)
        return fallback;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 1 || value > largest)
        return usage(std::string("--") + name + " needs a number from 1 to " +
                     std::to_string(largest));
    return value;
}

/// The position of the option's value in `names`, 0 when it is not given.
Result<int> oneOf(const OptionSource &source, const char *name,
                  std::initializer_list<std::string_view> names)
{
    const auto text = source.value(name);
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
    return usage(std::string("--") + name + " must be " + all);
}

Result<Endpoint> endpoint(const char *name, const std::string &text)
{
    const Result<Endpoint> parsed = Endpoint::parse(text);
    if (!parsed)
        return usage(std::string("--") + name +
                     " needs ADDRESS:PORT, for example 127.0.0.1:3000 or [::]:3000");
    return parsed;
}

Result<void> readPublicHost(const OptionSource &source, Config &config)
{
    std::string text = source.value("public-host").value_or("");
    if (text.empty()) {
        const IpAddress &address = config.listen.address;
        text = !address.isUnspecified() ? address.toString()
                                        : QSysInfo::machineHostName().toStdString();
        config.publicHost = protocol::isHostText(text) ? text : "localhost";
        return {};
    }
    if (const auto whole = Endpoint::parse(text)) {
        config.publicHost = whole->address.toString();
        config.publicPort = whole->port;
        return {};
    }
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos && text.find(':') == colon) {
        std::uint16_t port = 0;
        const auto parsed =
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || port == 0)
            return usage("--public-host needs NAME or NAME:PORT");
        config.publicPort = port;
        text.resize(colon);
    }
    if (!protocol::isHostText(text))
        return usage("--public-host is not a host name");
    config.publicHost = text;
    return {};
}

Result<void> readStunAndTurn(const OptionSource &source, Config &config)
{
    const auto stun = source.value("stun");
    config.stunIsDefault = !stun.has_value();
    if (!stun || *stun != "off") {
        const auto parsed = endpoint("stun", stun.value_or("[::]:3478"));
        if (!parsed)
            return unexpected(parsed.error());
        config.stun = *parsed;
    }
    const auto turn = source.value("turn");
    const auto secretFile = source.value("turn-secret-file");
    if (!turn)
        return {};
    if (!secretFile)
        return usage("--turn needs --turn-secret-file");
    auto place = TurnPlace::parse(*turn);
    if (!place)
        return unexpected(place.error());
    auto secret = readSecretFile(*secretFile);
    if (!secret)
        return unexpected(secret.error());
    place->secret = std::move(*secret);
    config.turn = std::move(*place);
    return {};
}

Result<void> readMetrics(const OptionSource &source, Config &config)
{
    if (const auto address = source.value("metrics")) {
        const auto parsed = endpoint("metrics", *address);
        if (!parsed)
            return unexpected(parsed.error());
        config.metrics = *parsed;
    }
    if (const auto file = source.value("metrics-token-file")) {
        auto token = readSecretFile(*file);
        if (!token)
            return unexpected(token.error());
        config.metricsToken = std::move(*token);
    }
    return {};
}

Result<void> readDns(const OptionSource &source, Config &config)
{
    const std::string text = source.value("dns").value_or(DefaultDns);
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const auto address = IpAddress::parse(std::string_view(text).substr(begin, end - begin));
        if (!address)
            return usage("--dns needs IP addresses with commas between them");
        config.dns.push_back(*address);
        begin = end + 1;
    }
    return {};
}

Result<void> readChoices(const OptionSource &source, Config &config)
{
    const auto life = number(source, "session-ttl", 3600, MaxSessionLife);
    // One processor is left to the control thread and the kernel's network work: a relay thread
    // more than that only wakes more often for less (1.3 instead of 1.0 times a plain forwarder's
    // CPU).
    const unsigned processors = std::max(2U, std::thread::hardware_concurrency());
    const auto threads = number(source, "relay-threads", processors - 1, MaxRelayThreads);
    const auto access = oneOf(source, "access", {"open", "key"});
    const auto nodeAccess = oneOf(source, "node-access", {"open", "key", "approve"});
    const auto format = oneOf(source, "log-format", {"text", "json"});
    for (const auto *integer : {&life, &threads}) {
        if (!*integer)
            return unexpected(integer->error());
    }
    for (const auto *choice : {&access, &nodeAccess, &format}) {
        if (!*choice)
            return unexpected(choice->error());
    }
    config.sessionLife = Seconds(*life);
    config.relayThreads = static_cast<unsigned>(*threads);
    config.access = *access == 1 ? protocol::Access::Key : protocol::Access::Open;
    constexpr protocol::NodeAccess nodeAccesses[] = {
        protocol::NodeAccess::Open, protocol::NodeAccess::Key, protocol::NodeAccess::Approve};
    config.nodeAccess = nodeAccesses[*nodeAccess];
    config.logFormat = *format == 1 ? log::Format::Json : log::Format::Text;
    return {};
}

Result<Limits> limitsFrom(const OptionSource &source)
{
    Limits limits;
    for (auto it = source.limits().cbegin(); it != source.limits().cend(); ++it) {
        bool good = false;
        const double value = it.value().toDouble(&good);
        if (!good)
            return usage("the limit " + it.key().toStdString() + " needs a number");
        if (const auto set = limits.set(it.key().toStdString(), value); !set)
            return unexpected(set.error());
    }
    return limits;
}

Result<void> readPlaces(const OptionSource &source, Config &config)
{
    config.iniFile = source.value("config").value_or("");
    config.dataDir = source.value("data-dir").value_or("boson-data");
    const auto listen = endpoint("listen", source.value("listen").value_or("[::]:3000"));
    if (!listen)
        return unexpected(listen.error());
    config.listen = *listen;
    config.tlsCert = source.value("tls-cert").value_or("");
    config.tlsKey = source.value("tls-key").value_or("");
    if (config.tlsCert.empty() != config.tlsKey.empty())
        return usage("--tls-cert and --tls-key go together");
    const auto database = DatabaseUrl::parse(
        source.value("database").value_or("sqlite:" + config.dataDir + "/boson.db"));
    if (!database)
        return unexpected(database.error());
    config.database = *database;
    if (source.value("redis"))
        return unexpected(ErrorCode::Unavailable,
                          "--redis is not available in this version: run one server without it");
    return readPublicHost(source, config);
}

} // namespace

Result<Config> loadConfig(const QStringList &arguments)
{
    const auto source = OptionSource::read(arguments);
    if (!source)
        return unexpected(source.error());
    Config config;
    for (const QString &word : source->words())
        config.command.push_back(word.toStdString());
    for (const auto read : {readPlaces, readStunAndTurn, readMetrics, readDns, readChoices}) {
        if (const auto done = read(*source, config); !done)
            return unexpected(done.error());
    }
    const auto limits = limitsFrom(*source);
    if (!limits)
        return unexpected(limits.error());
    config.limits = *limits;
    return config;
}

Result<Limits> reloadLimits(const QStringList &arguments)
{
    const auto source = OptionSource::read(arguments);
    if (!source)
        return unexpected(source.error());
    return limitsFrom(*source);
}

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
        text +=
            QString::fromStdString(left).leftJustified(45) +
            QString::fromUtf8(command.help.data(), static_cast<qsizetype>(command.help.size())) +
            QLatin1Char('\n');
    }
    text += QStringLiteral(
        "  turn-config                                print a configuration for coturn\n"
        "  openapi                                    print the API's description\n\n"
        "Options (each is also an INI key and an environment variable, BOSON_LISTEN and so on):\n");
    for (const OptionRow &row : optionRows()) {
        const QString left =
            QStringLiteral("  --%1 %2").arg(QLatin1String(row.name), QLatin1String(row.value));
        text += left.leftJustified(38) + QLatin1String(row.help) + QLatin1Char('\n');
    }
    text += QStringLiteral(
        "  --limit NAME=VALUE                  set a limit; INI: [limits] NAME=VALUE\n"
        "  --help, --version\n\nLimits (durations in milliseconds):\n");
    Limits().forEach([&text](std::string_view name, double value) {
        text += QStringLiteral("  %1 %2\n")
                    .arg(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), -28)
                    .arg(value, 0, 'f', 0);
    });
    return text;
}

} // namespace higgs::server
