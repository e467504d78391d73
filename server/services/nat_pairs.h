// SPDX-License-Identifier: GPL-3.0-or-later
// Which pairs of NATs can be punched.
#pragma once

#include "shared/protocol/nat_type.h"

namespace higgs::server {

/// Whether direct UDP is expected to come up between these two. Unknown types: no promise.
bool directIsExpected(protocol::NatType a, protocol::NatType b);

} // namespace higgs::server
