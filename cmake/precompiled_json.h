// SPDX-License-Identifier: GPL-3.0-or-later
// nlohmann's JSON without its literal. That has every file which sees it instantiate the parser,
// used or not: a third of what an average file takes to compile. Nobody here writes it.
#pragma once

#define JSON_USE_GLOBAL_UDLS 0
// NOLINTNEXTLINE(bugprone-reserved-identifier)
#define _json(text, size)                                                                          \
    _unused(text, size) = delete;                                                                  \
    template <typename Text>                                                                       \
    nlohmann::json parsedBy(Text s, std::size_t n)
#include <nlohmann/json.hpp>
#undef _json
