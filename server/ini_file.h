// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration file as lines: sections, keys and values, strictly. Pure. What is not
// understood is a fault with its line, never a key that is not obeyed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace higgs::server {

/// A configuration has some hundred lines; more is another file.
constexpr std::size_t MaxIniBytes = 256 * 1024;
/// A list of resolvers or a database's URL, many times over.
constexpr std::size_t MaxIniLine = 4096;

struct IniEntry
{
    std::string section; ///< "" before the first one, and in [General]
    std::string key;
    std::string value;
    unsigned line = 0;
};

struct IniFault
{
    unsigned line = 0; ///< 0: the whole file
    std::string text;
};

struct IniFile
{
    std::vector<IniEntry> entries;
    std::vector<IniFault> faults;
};

/// Lines are KEY = VALUE, [SECTION], empty, or a comment that begins with ';' or '#'. A value may
/// stand in double quotes as a whole. A byte order mark and carriage returns before line ends are
/// taken as what editors leave.
IniFile parseIni(std::string_view text);

/// The text with what looks like a blank, a quotation mark or an equals sign and is none, and what
/// cannot be seen, written as U+00A0.
std::string withCodePoints(std::string_view text);
/// The first such character in it, as U+00A0; empty: there is none.
std::string lookalike(std::string_view text);

/// The word of `known` that somebody meant by `word`; empty when none is near.
std::string nearestWord(std::string_view word, const std::vector<std::string> &known);

} // namespace higgs::server
