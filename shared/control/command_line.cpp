// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/command_line.h"

#include "shared/base/trimmed.h"
#include "shared/control/pasted_text.h"

#include <algorithm>
#include <charconv>

namespace higgs::control {

namespace {

using Value = CommandOption::Value;

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

constexpr std::string_view Space = " \t\r";

std::vector<std::string> splitAtCommas(std::string_view text)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const std::string_view part = trimmed(text.substr(0, comma), Space); !part.empty())
            parts.emplace_back(part);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

std::string environmentName(std::string_view prefix, std::string_view option)
{
    std::string name(prefix);
    name.push_back('_');
    for (const char c : option)
        name.push_back(c == '-'               ? '_'
                       : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                              : c);
    return name;
}

} // namespace

Result<CommandLine> CommandLine::parse(std::span<const CommandOption> options,
                                       std::span<const std::string> arguments)
{
    CommandLine line(options);
    bool onlyPositionals = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view given = arguments[i];
        const std::string_view argument = given == "-h" ? "--help" : given;
        if (onlyPositionals || argument.empty() || argument.front() != '-') {
            line.m_positionals.emplace_back(argument);
            continue;
        }
        if (argument == "--") {
            onlyPositionals = true;
            continue;
        }
        const std::size_t equals = std::min(argument.find('='), argument.size());
        const std::string_view name = argument.substr(0, equals);
        const CommandOption *option = name.starts_with("--") ? line.find(name.substr(2)) : nullptr;
        if (option == nullptr)
            return wrong("unknown option " + std::string(name));
        std::vector<std::string> &values = line.m_values[std::string(option->name)];
        if (!values.empty() && !option->repeatable)
            return wrong(std::string(name) + " is given twice");
        if (equals < argument.size()) {
            if (option->value == Value::None)
                return wrong(std::string(name) + " takes no value");
            values.emplace_back(argument.substr(equals + 1));
        } else if (option->value == Value::Required) {
            if (i + 1 == arguments.size())
                return wrong(std::string(name) + " needs a value: " + std::string(name) + " " +
                             std::string(option->placeholder));
            values.push_back(arguments[++i]);
        } else {
            values.emplace_back();
        }
    }
    return line;
}

Result<void> CommandLine::addEnvironment(std::string_view prefix,
                                         const std::function<const char *(const char *)> &lookup)
{
    for (const CommandOption &option : m_options) {
        const std::string name = environmentName(prefix, option.name);
        const char *text = has(option.name) ? nullptr : lookup(name.c_str());
        if (text == nullptr)
            continue;
        if (Result<void> filled = fill(option, text, name); !filled)
            return filled;
    }
    return {};
}

Result<void> CommandLine::addIni(std::string_view text)
{
    // Decided first for all: a repeated name fills an option only if nothing else had set it.
    const auto before = m_values;
    text = withoutByteOrderMark(text);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view row = trimmed(text.substr(0, end), Space);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (row.empty() || row.front() == '#' || row.front() == ';' || row.front() == '[')
            continue;
        const std::size_t equals = row.find('=');
        const std::string_view name = trimmed(row.substr(0, equals), Space);
        if (equals == std::string_view::npos)
            return wrong("the configuration has a line without '=': " + std::string(row));
        const CommandOption *option = find(name);
        if (option == nullptr)
            return wrong("the configuration has an unknown name: " + std::string(name));
        if (before.contains(name))
            continue;
        if (Result<void> filled =
                fill(*option, trimmed(row.substr(equals + 1), Space), std::string(name));
            !filled)
            return filled;
    }
    return {};
}

Result<void> CommandLine::fill(const CommandOption &option, std::string_view text,
                               const std::string &from)
{
    if (option.value == Value::None) {
        const bool on = text == "1" || text == "on" || text == "true" || text == "yes";
        const bool off =
            text.empty() || text == "0" || text == "off" || text == "false" || text == "no";
        if (!on && !off)
            return wrong(from + " must be on or off");
        if (on)
            m_values[std::string(option.name)].emplace_back();
        return {};
    }
    std::vector<std::string> &values = m_values[std::string(option.name)];
    if (option.repeatable) {
        for (std::string &part : splitAtCommas(text))
            values.push_back(std::move(part));
    } else {
        values.assign(1, std::string(text));
    }
    return {};
}

const CommandOption *CommandLine::find(std::string_view name) const
{
    const auto found =
        std::find_if(m_options.begin(), m_options.end(),
                     [name](const CommandOption &option) { return option.name == name; });
    return found == m_options.end() ? nullptr : &*found;
}

bool CommandLine::has(std::string_view name) const
{
    return m_values.contains(name);
}

std::optional<std::string> CommandLine::value(std::string_view name) const
{
    const auto found = m_values.find(name);
    if (found == m_values.end() || found->second.empty())
        return std::nullopt;
    return found->second.back();
}

std::vector<std::string> CommandLine::values(std::string_view name) const
{
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::vector<std::string>{} : found->second;
}

std::string describeOptions(std::span<const CommandOption> options)
{
    std::vector<std::string> names;
    std::size_t width = 0;
    for (const CommandOption &option : options) {
        std::string name = "  --" + std::string(option.name);
        if (option.value == Value::Required)
            name += " " + std::string(option.placeholder);
        else if (option.value == Value::Optional)
            name += "[=" + std::string(option.placeholder) + "]";
        width = std::max(width, name.size());
        names.push_back(std::move(name));
    }
    std::string text;
    for (std::size_t i = 0; i < options.size(); ++i) {
        names[i].resize(width + 2, ' ');
        text += names[i] + std::string(options[i].help) + "\n";
    }
    return text;
}

Result<std::uint64_t> parseNumber(std::string_view what, std::string_view text, std::uint64_t least,
                                  std::uint64_t most)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
        return wrong(std::string(what) + " must be a whole number from " + std::to_string(least) +
                     " to " + std::to_string(most));
    return number;
}

} // namespace higgs::control
