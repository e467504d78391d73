// SPDX-License-Identifier: GPL-3.0-or-later
// The options of the daemons and their controllers: one table says what exists, and the command
// line, the environment and an INI file fill it, in this order of precedence. Pure.
#pragma once

#include "shared/base/result.h"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace higgs::control {

struct CommandOption
{
    enum class Value { None, Required, Optional };

    std::string_view name;        ///< "server", for --server, PREFIX_SERVER and server=
    Value value = Value::None;    ///< Optional: only as --name=VALUE
    std::string_view placeholder; ///< "URL", for the help
    std::string_view help;
    bool repeatable = false; ///< in the environment: separated by commas
};

class CommandLine
{
public:
    /// `arguments` without the program's name; "--" ends the options, "-h" is "--help".
    /// InvalidArgument with a sentence that names what is wrong.
    static Result<CommandLine> parse(std::span<const CommandOption> options,
                                     std::span<const std::string> arguments);

    /// Fills what is not set yet from PREFIX_NAME ("HIGGS_VPND" and "data-dir":
    /// HIGGS_VPND_DATA_DIR).
    Result<void> addEnvironment(std::string_view prefix,
                                const std::function<const char *(const char *)> &lookup);
    /// Fills what is not set yet from lines "name = value"; "#" and ";" begin a comment line,
    /// "[section]" lines are passed over, an unknown name is an error.
    Result<void> addIni(std::string_view text);

    [[nodiscard]] bool has(std::string_view name) const;
    /// The last one given; empty for a switch, or an optional value left away.
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string> &positionals() const { return m_positionals; }

private:
    explicit CommandLine(std::span<const CommandOption> options) : m_options(options) {}

    [[nodiscard]] const CommandOption *find(std::string_view name) const;
    Result<void> fill(const CommandOption &option, std::string_view text, const std::string &from);

    std::span<const CommandOption> m_options;
    std::map<std::string, std::vector<std::string>, std::less<>> m_values;
    std::vector<std::string> m_positionals;
};

/// The options as aligned lines for --help.
std::string describeOptions(std::span<const CommandOption> options);

/// A whole decimal number in [least, most]; InvalidArgument names `what`.
Result<std::uint64_t> parseNumber(std::string_view what, std::string_view text, std::uint64_t least,
                                  std::uint64_t most);

} // namespace higgs::control
