// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/option_source.h"

#include "server/ini_file.h"
#include "server/limits.h"
#include "shared/base/regular_file.h"

#include <QProcessEnvironment>
#include <algorithm>
#include <array>

namespace higgs::server {

const std::vector<OptionRow> &optionRows()
{
    static const std::vector<OptionRow> rows = {
        {"config", "FILE", "INI file; each option without its dashes is a key"},
        {"data-dir", "DIR",
         "keys, certificate and SQLite database (default ./boson-data; of commands "
         "/var/lib/boson-server, if there)"},
        {"listen", "ADDR:PORT", "HTTPS, signalling and relay (default [::]:3000; port 0: any)"},
        {"proxy-protocol-from", "CIDR,...",
         "fronts whose PROXY header names the client (default none)"},
        {"public-host", "NAME[:PORT]", "how clients and nodes reach this server"},
        {"tls-cert", "FILE", "PEM chain (default: a self-signed certificate in the data dir)"},
        {"tls-key", "FILE", "PEM key of --tls-cert"},
        {"database", "URL", "sqlite:PATH (default DATA-DIR/boson.db) or postgresql://..."},
        {"redis", "URL",
         "redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER], rediss:// for TLS; with PostgreSQL, "
         "several "
         "servers as one"},
        {"stun", "ADDR:PORT|off",
         "built-in STUN on UDP and TCP (default [::]:3478), and on the next port"},
        {"stun-alternate", "ADDR[:PORT]",
         "second address of RFC 5780, which tells NATs apart (default none)"},
        {"turn", "HOST:PORT[,tls=PORT]", "the TURN server to name to clients"},
        {"turn-secret-file", "FILE", "the secret shared with the TURN server"},
        {"turn-relay", "ADDR,...",
         "where the TURN server relays from (default: --turn's HOST, looked up)"},
        {"metrics", "ADDR:PORT", "serve /metrics on a plain HTTP listener of its own"},
        {"admin-token-file", "FILE",
         "token that opens the operator's page at /admin; else it is off"},
        {"metrics-token-file", "FILE", "bearer token that opens /metrics from elsewhere"},
        {"session-ttl", "SECONDS", "life of a session without renewal (default 3600)"},
        {"access", "open|key", "whether routing needs an access key (default open)"},
        {"node-access", "open|key|approve", "who may register nodes (default open)"},
        {"relay-threads", "N", "default: one less than processors"},
        {"session-journal", "DAYS",
         "know so long whose key used which node (default 0: not at all)"},
        {"log-format", "text|json", "default text"},
        {"dns", "ADDR,...", "resolvers for clients in the tunnel (default 9.9.9.9,2620:fe::fe)"},
    };
    return rows;
}

namespace {

constexpr std::size_t MostShown = 60;
constexpr const char *LimitsSection = "limits";

bool isKnown(const std::string &name)
{
    const auto names = optionNames();
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The file's text, or what is wrong with it.
Result<std::string> readConfiguration(const std::string &path)
{
    Result<std::string> text = readRegularFile(path, MaxIniBytes);
    if (!text)
        return unexpected(text.error().code,
                          "cannot read the configuration file " + text.error().detail);
    return text;
}

/// What no value may have; empty: nothing.
std::string valueFault(const std::string &text)
{
    if (text.empty())
        return " is empty: give a value, or leave it out";
    if (const std::string odd = lookalike(text); !odd.empty())
        return " has a " + odd + ", which only looks like a plain character: type it anew, not \"" +
               withCodePoints(text.substr(0, MostShown)) + '"';
    const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    return controls ? " has a control character: remove it" : "";
}

std::string environmentName(const std::string &name)
{
    std::string variable = "BOSON_";
    for (const char c : name)
        variable.push_back(c == '-'               ? '_'
                           : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                                  : c);
    return variable;
}

} // namespace

std::vector<std::string> optionNames()
{
    std::vector<std::string> names;
    for (const OptionRow &row : optionRows())
        names.emplace_back(row.name);
    return names;
}

std::vector<std::string> limitNames()
{
    std::vector<std::string> names;
    Limits().forEach([&names](std::string_view name, double) { names.emplace_back(name); });
    return names;
}

std::string didYouMean(std::string_view word, const std::vector<std::string> &known,
                       std::string_view prefix)
{
    const std::string nearest = nearestWord(word, known);
    if (nearest.empty())
        return ": --help lists all";
    return ": did you mean " +
           (prefix == "BOSON_" ? environmentName(nearest) : std::string(prefix) + nearest) + '?';
}

OptionSource OptionSource::read(const QStringList &arguments)
{
    OptionSource source;
    source.readArguments(arguments);
    Values given = std::move(source.m_limits);
    source.m_limits.clear();
    source.readEnvironment();
    Values environment = std::move(source.m_limits);
    source.m_limits.clear();
    if (const OptionValue *file = source.find("config"))
        source.readFile(file->text);
    // The environment overrides the file, and the command line both.
    for (Values *over : {&environment, &given}) {
        for (auto &[name, value] : *over)
            source.m_limits[name] = std::move(value);
    }
    return source;
}

const OptionValue *OptionSource::find(const std::string &name) const
{
    for (const Values *values : {&m_arguments, &m_environment, &m_file}) {
        const auto found = values->find(name);
        if (found != values->end())
            return &found->second;
    }
    return nullptr;
}

std::optional<std::string> OptionSource::value(const char *name) const
{
    const OptionValue *found = find(name);
    return found == nullptr ? std::nullopt : std::optional(found->text);
}

std::string OptionSource::subject(const std::string &name) const
{
    const OptionValue *found = find(name);
    return found == nullptr ? "--" + name : found->subject;
}

void OptionSource::fault(std::string text, ErrorCode code)
{
    m_faults.push_back({code, std::move(text)});
}

void OptionSource::put(Values &values, const std::string &name, OptionValue value)
{
    if (const std::string wrong = valueFault(value.text); !wrong.empty())
        return fault(value.subject + wrong);
    values[name] = std::move(value);
}

void OptionSource::readArguments(const QStringList &arguments)
{
    for (qsizetype i = 1; i < arguments.size(); ++i) {
        // "-5" is a number that a command has no use for, and says so.
        const bool number = arguments[i].size() > 1 && arguments[i][1].isDigit();
        if (arguments[i].startsWith(QLatin1Char('-')) && !number)
            readArgument(arguments[i], arguments, i);
        else
            m_words.push_back(arguments[i]);
    }
}

namespace {

/// Commands' own options, which stand behind them; a value of theirs is the next word.
bool isOfCommands(const QString &option)
{
    constexpr std::array Names = {"--expires", "--from", "--json",   "--name", "--node",
                                  "--off",     "--once", "--server", "--uses"};
    return std::any_of(Names.begin(), Names.end(),
                       [&option](const char *name) { return option == QLatin1String(name); });
}

} // namespace

void OptionSource::readArgument(const QString &argument, const QStringList &arguments,
                                qsizetype &at)
{
    if (argument == QLatin1String("--check-config")) {
        m_onlyChecks = true;
        return;
    }
    const qsizetype equals = argument.indexOf(QLatin1Char('='));
    const QString option = equals < 0 ? argument : argument.left(equals);
    if (isOfCommands(option) && !m_words.isEmpty()) {
        m_words.push_back(argument);
        return;
    }
    std::string name = option.mid(2).toStdString();
    const bool limit = name == "limit";
    if (!option.startsWith(QLatin1String("--")) || (!isKnown(name) && !limit)) {
        return fault("unknown option " + option.toStdString() +
                     didYouMean(option.toStdString(), optionNames(), "--"));
    }
    if (equals < 0 && at + 1 >= arguments.size())
        return fault("--" + name + " needs a value");
    std::string value = (equals >= 0 ? argument.mid(equals + 1) : arguments[++at]).toStdString();
    std::string subject = "--" + name;
    if (limit) {
        const std::size_t parting = value.find('=');
        if (parting == std::string::npos || parting == 0)
            return fault("--limit needs NAME=VALUE");
        name = value.substr(0, parting);
        value.erase(0, parting + 1);
        subject += ' ' + name;
    }
    Values &values = limit ? m_limits : m_arguments;
    // The last one counts, as people expect of a command line that a script has begun.
    if (name == "proxy-protocol-from" && values.contains(name))
        value = values[name].text + ',' + value;
    else if (values.contains(name))
        m_remarks.push_back(subject + " is given twice: the last one counts");
    put(values, name, {std::move(value), subject, subject});
}

void OptionSource::readEnvironment()
{
    const QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const std::string limits = std::string(LimitsSection) + '-';
    for (const QString &variable : environment.keys()) {
        if (!variable.startsWith(QLatin1String("BOSON_")))
            continue;
        const std::string name =
            variable.mid(6).toLower().replace(QLatin1Char('_'), QLatin1Char('-')).toStdString();
        const std::string shown = variable.toStdString();
        const OptionValue value{environment.value(variable).toStdString(), shown, shown};
        // BOSON_ACCESS and BOSON_Access.
        const auto twin = m_environment.find(name);
        if (twin != m_environment.end())
            fault(shown + " is set already, as " + twin->second.origin + ": remove one");
        else if (isKnown(name))
            put(m_environment, name, value);
        else if (name.starts_with(limits))
            put(m_limits, name.substr(limits.size()), value);
        else
            fault("unknown variable " + shown + " in the environment" +
                  didYouMean(name, optionNames(), "BOSON_"));
    }
}

void OptionSource::readFile(const std::string &path)
{
    const Result<std::string> text = readConfiguration(path);
    if (text)
        readEntries(path, *text);
    else
        fault(text.error().detail, text.error().code);
}

void OptionSource::readEntries(const std::string &path, const std::string &text)
{
    const IniFile file = parseIni(text);
    for (const IniFault &found : file.faults)
        fault(path + (found.line == 0 ? "" : ':' + std::to_string(found.line)) + ": " + found.text);
    for (const IniEntry &entry : file.entries) {
        const std::string place = path + ':' + std::to_string(entry.line);
        const OptionValue value{entry.value, place, place + ": " + entry.key};
        if (entry.section == LimitsSection && isKnown(entry.key))
            fault(value.subject + " is no limit: put it above the first [SECTION]");
        else if (entry.section == LimitsSection)
            put(m_limits, entry.key, value);
        else if (entry.section == "nodes" && entry.key == "access" &&
                 m_file.contains("node-access"))
            fault(value.subject + " is node-access, which is set already: remove one");
        else if (entry.section == "nodes" && entry.key == "access")
            put(m_file, "node-access", value);
        else if (!entry.section.empty())
            fault(place + ": " + entry.key + " in [" + entry.section +
                  "]: there is no such section" +
                  didYouMean(entry.section, {LimitsSection, "nodes"}));
        else if (entry.key == "config")
            fault(value.subject + " cannot stand in the file itself");
        else if (!isKnown(entry.key))
            fault(place + ": unknown key " + entry.key + didYouMean(entry.key, optionNames()));
        else
            put(m_file, entry.key, value);
    }
}

} // namespace higgs::server
