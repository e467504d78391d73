// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ini_file.h"

#include "shared/base/trimmed.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>

namespace higgs::server {

namespace {

bool isNameChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool isName(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), isNameChar);
}

/// The length of the well-formed UTF-8 sequence at the front (RFC 3629, section 4), 0 for none.
std::size_t sequenceLength(std::string_view text)
{
    const auto at = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto isTail = [&at](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
    const unsigned first = at(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return isTail(1) ? 2 : 0;
    const bool overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
    const bool beyond = (first == 0xed && at(1) > 0x9f) || (first == 0xf4 && at(1) > 0x8f);
    if (overlong || beyond)
        return 0;
    if (first >= 0xe0 && first <= 0xef)
        return isTail(1) && isTail(2) ? 3 : 0;
    if (first >= 0xf0 && first <= 0xf4)
        return isTail(1) && isTail(2) && isTail(3) ? 4 : 0;
    return 0;
}

/// What is wrong with the bytes of a line; empty: nothing.
std::string byteFault(std::string_view line)
{
    if (line.size() > MaxIniLine)
        return "the line is longer than " + std::to_string(MaxIniLine) + " bytes";
    while (!line.empty()) {
        const std::size_t length = sequenceLength(line);
        if (length == 0)
            return "the line is not UTF-8: save the file as UTF-8";
        const auto byte = static_cast<unsigned char>(line.front());
        if (byte == 0)
            return "a NUL byte: the file is damaged, or saved as UTF-16";
        if (byte == '\r')
            return "a carriage return (CR) inside the line: save the file with line ends LF or "
                   "CR LF";
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return "a control character: remove it";
        line.remove_prefix(length);
    }
    return {};
}

constexpr std::pair<std::uint32_t, std::uint32_t> Lookalikes[] = {
    {0x00a0, 0x00a0},                                     // no-break space
    {0x00ad, 0x00ad},                                     // soft hyphen
    {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x2011}, // spaces, zero width, hyphens
    {0x2018, 0x201f},                                     // curly quotation marks
    {0x2028, 0x202f}, // line and paragraph separators, directions
    {0x205f, 0x206f}, {0x3000, 0x3000}, {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff}, // a byte order mark that is none
    {0xff01, 0xff5e}, // full-width ASCII
};

/// The code point of a well-formed sequence.
std::uint32_t codePoint(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1)
        return first;
    std::uint32_t value = first & (0x7fU >> sequence.size());
    for (const char c : sequence.substr(1))
        value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3fU);
    return value;
}

/// "U+00A0" where the sequence is a lookalike; empty: it is none.
std::string lookalikeName(std::string_view sequence)
{
    const std::uint32_t value = codePoint(sequence);
    const bool odd =
        std::any_of(std::begin(Lookalikes), std::end(Lookalikes), [value](const auto &range) {
            return value >= range.first && value <= range.second;
        });
    if (!odd)
        return {};
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "U+%04X", static_cast<unsigned>(value));
    return name.data();
}

class Parser
{
public:
    void line(std::string_view text)
    {
        ++m_line;
        if (!text.empty() && text.back() == '\r')
            text.remove_suffix(1);
        if (const std::string wrong = byteFault(text); !wrong.empty())
            return fault(wrong);
        text = trimmed(text);
        if (text.empty() || text.front() == ';' || text.front() == '#')
            return;
        if (text.front() == '[')
            section(text);
        else
            entry(text);
    }

    IniFile take() { return std::move(m_file); }

private:
    void fault(std::string text) { m_file.faults.push_back({m_line, std::move(text)}); }

    void section(std::string_view text)
    {
        const std::string_view name =
            text.back() == ']' ? trimmed(text.substr(1, text.size() - 2)) : std::string_view();
        // What follows a broken section belongs to nobody: it must not be taken for the section
        // before.
        m_lost = !isName(name);
        if (m_lost)
            return fault("a section is [NAME] on a line of its own");
        m_section = name == "General" || name == "general" ? std::string_view() : name;
    }

    /// Where a line is not understood, what cannot be seen is named.
    void unclear(std::string_view text, const std::string &why)
    {
        const std::string odd = lookalike(text);
        fault(odd.empty() ? why : why + " (here is a " + odd + ", which only looks like it)");
    }

    void entry(std::string_view text)
    {
        const std::size_t equals = text.find('=');
        const std::size_t colon = text.find(':');
        if (equals == std::string_view::npos || (colon < equals && isName(text.substr(0, colon)))) {
            return unclear(text,
                           colon != std::string_view::npos
                               ? "a key and its value are parted by '=', not by ':'"
                               : "there is no '=': a line is KEY = VALUE, [SECTION] or a comment");
        }
        const std::string_view key = trimmed(text.substr(0, equals));
        if (!isName(key))
            return unclear(key, "what stands before '=' is no key: write KEY = VALUE");
        const auto read = value(trimmed(text.substr(equals + 1)));
        if (!read || m_lost)
            return;
        const auto [before, fresh] = m_seen.emplace(m_section + '/' + std::string(key), m_line);
        if (!fresh)
            return fault(std::string(key) + " is set twice, first in line " +
                         std::to_string(before->second) + ": remove one");
        m_file.entries.push_back({m_section, std::string(key), *read, m_line});
    }

    std::optional<std::string> value(std::string_view text)
    {
        std::string wrong;
        const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
        if (quoted)
            text = text.substr(1, text.size() - 2);
        const bool single = text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
        if (text.find('"') != std::string_view::npos || single)
            wrong = "a stray quotation mark: write the value as it is, without quotes";
        else if (text.empty())
            wrong = "there is no value: give one, or remove the line";
        else if (text.back() == '\\')
            wrong = "a line does not go on in the next one: remove the '\\' at its end";
        else if (!quoted && hasComment(text))
            wrong = "a comment needs a line of its own";
        if (wrong.empty())
            return std::string(text);
        fault(std::move(wrong));
        return std::nullopt;
    }

    static bool hasComment(std::string_view text)
    {
        for (std::size_t i = 1; i < text.size(); ++i) {
            if ((text[i] == ';' || text[i] == '#') && (text[i - 1] == ' ' || text[i - 1] == '\t'))
                return true;
        }
        return text.front() == ';' || text.front() == '#';
    }

    IniFile m_file;
    std::string m_section;
    std::map<std::string, unsigned> m_seen;
    unsigned m_line = 0;
    bool m_lost = false; ///< after a section that was not understood
};

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

/// As an option's name would be written: "BOSON_DATA_DIR" and "--data_dir" are "data-dir".
std::string plainName(std::string_view word)
{
    std::string plain;
    for (const char c : word.substr(0, 64))
        plain.push_back(c == '_' || c == '.'   ? '-'
                        : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a')
                                               : c);
    plain.erase(0, std::min(plain.find_first_not_of('-'), plain.size()));
    if (plain.starts_with("boson-"))
        plain.erase(0, 6);
    return plain;
}

} // namespace

IniFile parseIni(std::string_view text)
{
    IniFile broken;
    if (text.size() > MaxIniBytes) {
        broken.faults.push_back({0, "is larger than a configuration can be"});
        return broken;
    }
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        broken.faults.push_back({0, "is UTF-16: save it as UTF-8"});
        return broken;
    }
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);
    Parser parser;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        parser.line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parser.take();
}

std::string withCodePoints(std::string_view text)
{
    std::string shown;
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(1, sequenceLength(text));
        const bool whole = sequenceLength(text) != 0;
        const std::string name = whole ? lookalikeName(text.substr(0, length)) : std::string();
        shown += name.empty() ? std::string(text.substr(0, length)) : '<' + name + '>';
        text.remove_prefix(length);
    }
    return shown;
}

std::string lookalike(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (std::string name = length == 0 ? std::string() : lookalikeName(text.substr(0, length));
            !name.empty())
            return name;
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return {};
}

std::string nearestWord(std::string_view word, const std::vector<std::string> &known)
{
    const std::string plain = plainName(word);
    std::string nearest;
    // A third of the word may be wrong, three letters at most.
    std::size_t least = std::min<std::size_t>(3, plain.size() / 3) + 1;
    for (const std::string &candidate : known) {
        const std::size_t distance = editDistance(plain, candidate);
        if (distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

} // namespace higgs::server
