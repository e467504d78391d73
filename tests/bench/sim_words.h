// SPDX-License-Identifier: GPL-3.0-or-later
// What simulated ends say to the API, and what they read of its answers.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace higgs::bench {

/// The value of the first member of that name, whose value is text; empty without one. The text
/// views `json`.
std::string_view textIn(std::string_view json, std::string_view name);
/// The header line of a request with that token.
std::string bearer(const std::string &token);

/// Makes up ids, keys and requests: the same ones for the same seed.
class SimWords
{
public:
    explicit SimWords(std::uint64_t seed) : dice(seed) {}

    [[nodiscard]] std::string uuid();
    [[nodiscard]] std::string key();
    /// `places`: sessions that the node takes; `heartbeat` in seconds.
    [[nodiscard]] std::string registration(const std::string &id, unsigned places,
                                           unsigned heartbeat);
    /// A client's routing request, for any country.
    [[nodiscard]] std::string question();

    std::mt19937_64 dice;
};

} // namespace higgs::bench
