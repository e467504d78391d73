// SPDX-License-Identifier: GPL-3.0-or-later
// Where the value of an option comes from: argv, BOSON_* or the INI file.
#pragma once

#include "shared/base/result.h"

#include <QStringList>
#include <map>
#include <optional>

namespace higgs::server {

struct OptionRow
{
    const char *name;  ///< "listen": --listen, BOSON_LISTEN, listen=
    const char *value; ///< "ADDR:PORT", for --help
    const char *help;
};

/// The options that boson-server knows, in the order of --help.
const std::vector<OptionRow> &optionRows();

/// A value, and where the operator wrote it.
struct OptionValue
{
    std::string text;
    std::string origin;  ///< "--listen", "BOSON_LISTEN", "/etc/boson.ini:3"
    std::string subject; ///< as a sentence about it begins: "--listen", "/etc/boson.ini:3: listen"
};

/// Reads everything that there is; what is not understood is in faults().
class OptionSource
{
public:
    static OptionSource read(const QStringList &arguments);

    [[nodiscard]] std::optional<std::string> value(const char *name) const;
    /// The value that counts: command line before environment before file. Null: none is given.
    [[nodiscard]] const OptionValue *find(const std::string &name) const;
    /// How a sentence about the option begins; "--name" where it is not given.
    [[nodiscard]] std::string subject(const std::string &name) const;
    /// Words that are no options: the subcommand.
    [[nodiscard]] const QStringList &words() const { return m_words; }
    /// name -> value of `[limits]`, BOSON_LIMITS_* and --limit name=value.
    [[nodiscard]] const std::map<std::string, OptionValue> &limits() const { return m_limits; }
    [[nodiscard]] bool onlyChecks() const { return m_onlyChecks; } ///< --check-config

    /// What the server must not start with; InvalidArgument, or System for a file.
    [[nodiscard]] const std::vector<Error> &faults() const { return m_faults; }
    /// What it starts with, and what the operator should know.
    [[nodiscard]] const std::vector<std::string> &remarks() const { return m_remarks; }

private:
    using Values = std::map<std::string, OptionValue>;

    void readArguments(const QStringList &arguments);
    void readArgument(const QString &argument, const QStringList &arguments, qsizetype &at);
    void readEnvironment();
    void readFile(const std::string &path);
    void readEntries(const std::string &path, const std::string &text);
    void put(Values &values, const std::string &name, OptionValue value);
    void fault(std::string text, ErrorCode code = ErrorCode::InvalidArgument);

    Values m_arguments;
    Values m_environment;
    Values m_file;
    Values m_limits;
    QStringList m_words;
    std::vector<Error> m_faults;
    std::vector<std::string> m_remarks;
    bool m_onlyChecks = false;
};

/// Names of options, and of limits, for "did you mean".
std::vector<std::string> optionNames();
std::vector<std::string> limitNames();
/// ": did you mean X?", or nothing.
std::string didYouMean(std::string_view word, const std::vector<std::string> &known,
                       std::string_view prefix = {});

} // namespace higgs::server
