// SPDX-License-Identifier: GPL-3.0-or-later
// What nobody has, but examples and laboratories.
#pragma once

#include <array>
#include <string_view>

namespace higgs {

/// RFC 5737 and RFC 3849; all of them stand in nonGlobalPrefixes(), too.
inline constexpr std::array<std::string_view, 4> DocumentationPrefixes{
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"};

} // namespace higgs
