// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/option_source.h"

#include <QFileInfo>
#include <QProcessEnvironment>
#include <QSettings>
#include <algorithm>

namespace higgs::server {

const std::vector<OptionRow> &optionRows()
{
    static const std::vector<OptionRow> rows = {
        {"config", "FILE", "INI file; each option without its dashes is a key"},
        {"data-dir", "DIR", "keys, certificate and SQLite database (default ./boson-data)"},
        {"listen", "ADDR:PORT", "HTTPS, signalling and relay (default [::]:3000; port 0: any)"},
        {"public-host", "NAME[:PORT]", "how clients and nodes reach this server"},
        {"tls-cert", "FILE", "PEM chain (default: a self-signed certificate in the data dir)"},
        {"tls-key", "FILE", "PEM key of --tls-cert"},
        {"database", "URL", "sqlite:PATH (default DATA-DIR/boson.db) or postgresql://..."},
        {"redis", "URL", "not available in this version"},
        {"stun", "ADDR:PORT|off", "built-in STUN on UDP (default [::]:3478)"},
        {"turn", "HOST:PORT[,tls=PORT]", "the TURN server to name to clients"},
        {"turn-secret-file", "FILE", "the secret shared with the TURN server"},
        {"metrics", "ADDR:PORT", "serve /metrics on a plain HTTP listener of its own"},
        {"metrics-token-file", "FILE", "bearer token that opens /metrics from elsewhere"},
        {"session-ttl", "SECONDS", "life of a session without renewal (default 3600)"},
        {"access", "open|key", "whether routing needs an access key (default open)"},
        {"node-access", "open|key|approve", "who may register nodes (default open)"},
        {"relay-threads", "N", "default: one less than processors"},
        {"log-format", "text|json", "default text"},
        {"dns", "ADDR,...", "resolvers for clients in the tunnel (default 9.9.9.9,2620:fe::fe)"},
    };
    return rows;
}

namespace {

bool isKnown(const QString &name)
{
    return std::any_of(optionRows().begin(), optionRows().end(),
                       [&name](const OptionRow &row) { return name == QLatin1String(row.name); });
}

Unexpected usage(const QString &text)
{
    return unexpected(ErrorCode::InvalidArgument, text.toStdString());
}

} // namespace

Result<OptionSource> OptionSource::read(const QStringList &arguments)
{
    OptionSource source;
    if (const auto read = source.readArguments(arguments); !read)
        return unexpected(read.error());
    source.readEnvironment();
    if (const auto file = source.value("config")) {
        if (const auto read = source.readIni(QString::fromStdString(*file)); !read)
            return unexpected(read.error());
    }
    // The environment overrides the file, and the command line both.
    for (auto it = source.m_environment.cbegin(); it != source.m_environment.cend(); ++it) {
        if (it.key().startsWith(QLatin1String("limits-")))
            source.m_limits[it.key().mid(7)] = it.value();
    }
    for (auto it = source.m_argumentLimits.cbegin(); it != source.m_argumentLimits.cend(); ++it)
        source.m_limits[it.key()] = it.value();
    return source;
}

std::optional<std::string> OptionSource::value(const char *name) const
{
    const QString key = QString::fromLatin1(name);
    for (const auto *source : {&m_arguments, &m_environment, &m_ini}) {
        const auto found = source->find(key);
        if (found != source->end())
            return found->toStdString();
    }
    return std::nullopt;
}

Result<void> OptionSource::addLimit(const QString &assignment)
{
    const qsizetype equals = assignment.indexOf(QLatin1Char('='));
    if (equals < 1)
        return usage(QStringLiteral("--limit needs NAME=VALUE"));
    m_argumentLimits[assignment.left(equals)] = assignment.mid(equals + 1);
    return {};
}

Result<void> OptionSource::readArguments(const QStringList &arguments)
{
    for (qsizetype i = 1; i < arguments.size(); ++i) {
        const QString &argument = arguments[i];
        if (!argument.startsWith(QLatin1String("--"))) {
            m_words.push_back(argument);
            continue;
        }
        QString name = argument.mid(2);
        QString value;
        const qsizetype equals = name.indexOf(QLatin1Char('='));
        if (equals >= 0) {
            value = name.mid(equals + 1);
            name.truncate(equals);
        }
        if (!isKnown(name) && name != QLatin1String("limit"))
            return usage(QStringLiteral("unknown option --%1").arg(name));
        if (equals < 0) {
            if (i + 1 >= arguments.size())
                return usage(QStringLiteral("--%1 needs a value").arg(name));
            value = arguments[++i];
        }
        if (name != QLatin1String("limit"))
            m_arguments[name] = value;
        else if (const auto added = addLimit(value); !added)
            return added;
    }
    return {};
}

void OptionSource::readEnvironment()
{
    const QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString &variable : environment.keys()) {
        if (!variable.startsWith(QLatin1String("BOSON_")))
            continue;
        const QString name = variable.mid(6).toLower().replace(QLatin1Char('_'), QLatin1Char('-'));
        if (isKnown(name) || name.startsWith(QLatin1String("limits-")))
            m_environment[name] = environment.value(variable);
    }
}

Result<void> OptionSource::readIni(const QString &path)
{
    if (!QFileInfo(path).isReadable())
        return unexpected(ErrorCode::System,
                          "cannot read the configuration file " + path.toStdString());
    const QSettings settings(path, QSettings::IniFormat);
    if (settings.status() != QSettings::NoError)
        return unexpected(ErrorCode::System, path.toStdString() + ": not an INI file");
    for (const QString &key : settings.allKeys()) {
        const QVariant variant = settings.value(key);
        // QSettings makes a list of a value with commas.
        const QString value = variant.canConvert<QStringList>()
                                  ? variant.toStringList().join(QLatin1Char(','))
                                  : variant.toString();
        if (key.startsWith(QLatin1String("limits/")))
            m_limits[key.mid(7)] = value;
        else if (isKnown(key))
            m_ini[key] = value;
        else if (key == QLatin1String("nodes/access"))
            m_ini[QStringLiteral("node-access")] = value;
        else
            return unexpected(ErrorCode::InvalidArgument,
                              path.toStdString() + ": unknown key " + key.toStdString());
    }
    return {};
}

} // namespace higgs::server
