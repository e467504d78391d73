// SPDX-License-Identifier: GPL-3.0-or-later
// Where the value of an option comes from: argv, BOSON_* or the INI file.
#pragma once

#include "shared/base/result.h"

#include <QMap>
#include <QStringList>

namespace higgs::server {

struct OptionRow
{
    const char *name;  ///< "listen": --listen, BOSON_LISTEN, listen=
    const char *value; ///< "ADDR:PORT", for --help
    const char *help;
};

/// The options that boson-server knows, in the order of --help.
const std::vector<OptionRow> &optionRows();

class OptionSource
{
public:
    /// InvalidArgument for an unknown option, a missing value, or an INI key nobody knows.
    static Result<OptionSource> read(const QStringList &arguments);

    [[nodiscard]] std::optional<std::string> value(const char *name) const;
    /// Words that are no options: the subcommand.
    [[nodiscard]] const QStringList &words() const { return m_words; }
    /// name -> value of `[limits]`, BOSON_LIMITS_* and --limit name=value.
    [[nodiscard]] const QMap<QString, QString> &limits() const { return m_limits; }

private:
    Result<void> readArguments(const QStringList &arguments);
    Result<void> readIni(const QString &path);
    void readEnvironment();
    Result<void> addLimit(const QString &assignment);

    QMap<QString, QString> m_arguments;
    QMap<QString, QString> m_environment;
    QMap<QString, QString> m_ini;
    QMap<QString, QString> m_limits;
    QMap<QString, QString> m_argumentLimits;
    QStringList m_words;
};

} // namespace higgs::server
