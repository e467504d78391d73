// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what a configuration names can be had now: its ports, its database.
#pragma once

#include "server/config.h"

namespace higgs::server {

struct PlaceFindings
{
    std::vector<std::string> obstacles; ///< with which it would not start
    std::vector<std::string> remarks;
};

/// Binds each port for a moment, unless the server of this data directory runs, which has them; and
/// looks into the database without changing it.
PlaceFindings checkPlaces(const Config &config);

} // namespace higgs::server
