// SPDX-License-Identifier: GPL-3.0-or-later
// What became of asking the home's router for a port, as a sentence for `diagnose` and as
// what the daemons' status has of it. Pure.
#pragma once

#include "shared/portmap/port_mapping_core.h"
#include "shared/protocol/json.h"

#include <string>

namespace higgs::portmap {

/// English; of IPv4, and of IPv6 where there is something to say.
std::string mappingSentence(const MapperStatus &status);

/// `portMapping` of a status: of IPv4, and in it `ipv6`, which is the pinhole.
protocol::Json mappingJson(const MapperStatus &status);

} // namespace higgs::portmap
