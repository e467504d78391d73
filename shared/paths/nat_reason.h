// SPDX-License-Identifier: GPL-3.0-or-later
// Why there is no straight way, as far as the kinds of both routers tell. Pure.
#pragma once

#include "shared/protocol/nat_type.h"
#include "shared/protocol/path_reason.h"

#include <optional>

namespace higgs {

/// What both routers say of a way that was not found; nullopt: nothing.
std::optional<protocol::PathReason> natReason(protocol::NatType own, protocol::NatType peer);

} // namespace higgs
