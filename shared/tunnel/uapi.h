// SPDX-License-Identifier: GPL-3.0-or-later
// The cross-platform interface of userspace WireGuard (wireguard.com/xplatform): a local socket
// that tells of an interface's peers without starting a program for it.
#pragma once

#include "shared/tunnel/device.h"

namespace higgs {

/// What "get=1" answered: "key=value" lines up to an empty one. Malformed otherwise, and for an
/// errno other than 0. The private key, which is in there, is looked over, not kept. Pure.
Result<std::vector<PeerStats>> parseUapiPeers(std::string_view text);

/// Whether it is this process that would answer for the interface: then nobody here may wait for
/// the answer, not even by `wg`.
bool answersUapiItself(const std::string &interfaceName);

/// Asks the socket of this interface; blocks for a fraction of a millisecond, at most for some
/// hundred. Unavailable when nobody answers there.
Result<std::vector<PeerStats>> askUapiPeers(const std::string &interfaceName);

} // namespace higgs
