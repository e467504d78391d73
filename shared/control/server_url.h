// SPDX-License-Identifier: GPL-3.0-or-later
// The address of a BosonServer as a person writes it. Pure.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace higgs::control {

struct ServerUrl
{
    std::string host; ///< a name in small ASCII letters or an address, without brackets
    std::uint16_t port = 0;

    friend bool operator==(const ServerUrl &, const ServerUrl &) = default;
};

/// "https://HOST[:PORT]" (443 without a port, as in every URL), or "HOST[:PORT]" (3000, a
/// BosonServer's own). IPv6 addresses stand in brackets, or alone. Taken as people paste it: white
/// space and quotes around, capitals, a dot at the name's end, an international name (whose ASCII
/// form `host` then is). InvalidArgument otherwise; http is refused, because nothing here goes
/// without TLS.
Result<ServerUrl> parseServerUrl(std::string_view text);

/// "https://host:port", the port always with it; parseServerUrl() of it gives the same again.
std::string serverUrlText(const ServerUrl &url);

} // namespace higgs::control
