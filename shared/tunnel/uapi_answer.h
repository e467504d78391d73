// SPDX-License-Identifier: GPL-3.0-or-later
// The other side of uapi.h: what an interface of our own says to `wg show` and `wg showconf`. Pure.
#pragma once

#include "shared/tunnel/device.h"

namespace higgs {

enum class UapiRequest {
    Get,
    Set,     ///< not for `wg` to do: peers come and go with sessions
    Unknown, ///< and whatever is too long
};

/// Nobody asks by more.
constexpr std::size_t MostUapiRequest = 16UL * 1024UL;

/// Of what has come so far; nullopt: it is not all there.
std::optional<UapiRequest> readUapiRequest(std::string_view received);

struct UapiPeer
{
    PeerStats stats;
    std::vector<IpPrefix> allowedIps;
    Seconds keepalive{0};
};

/// Everything about an interface, and the private key for whom it may be told: null for the others,
/// who then do not see the public one either, as `wg` calculates that.
SecretText uapiInterface(const PrivateKey *key, const std::vector<UapiPeer> &peers);
/// Nothing but how it went: 0, or an errno (errno(3)), which goes out as wireguard-go sends it.
SecretText uapiOutcome(int error);

} // namespace higgs
