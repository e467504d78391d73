// SPDX-License-Identifier: GPL-3.0-or-later
// The screen of `boson-server top`, from two looks at the server. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/json.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::server {

struct ScreenSize
{
    std::size_t rows = 24;
    std::size_t columns = 80;
};

/// What flows, in bits a second, from the figures of two overviews; 0 after a restart.
struct Throughput
{
    double clientToNode = 0;
    double nodeToClient = 0;
};
Throughput throughputOf(const protocol::Json &before, const protocol::Json &now,
                        Milliseconds between);

/// "12.4 Mbit/s".
std::string rateText(double bitsPerSecond);

/// Lines of plain text, none longer than a row has columns: names of any origin are shown without
/// what a terminal would obey. All there is where `size` is absent.
std::vector<std::string> topLines(const protocol::Json &overview, const Throughput &flow,
                                  const std::optional<ScreenSize> &size);

} // namespace higgs::server
