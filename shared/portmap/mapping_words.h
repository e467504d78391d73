// SPDX-License-Identifier: GPL-3.0-or-later
// What became of asking the home's router for a port, as a sentence for `diagnose`. Pure.
#pragma once

#include "shared/portmap/port_mapping_core.h"

#include <string>

namespace higgs::portmap {

/// English; of IPv4, and of IPv6 where there is something to say.
std::string mappingSentence(const MapperStatus &status);

} // namespace higgs::portmap
