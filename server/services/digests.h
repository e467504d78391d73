// SPDX-License-Identifier: GPL-3.0-or-later
// How secrets are kept: by their digest.
#pragma once

#include <string>
#include <string_view>

namespace higgs::server {

/// Hex SHA-256: how tokens and access keys are kept, which are random and long.
std::string digestOf(std::string_view secret);

} // namespace higgs::server
