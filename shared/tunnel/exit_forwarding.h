// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's settings that an exit needs: what they were, what they have to be, and back; and who
// else came to need them.
#pragma once

#include "shared/tunnel/network_state.h"
#include "shared/tunnel/sysctl.h"

#include <string>
#include <vector>

namespace higgs {

bool isForwarding4();
bool isForwarding6();
/// Whether this machine has a family that it does not forward yet.
bool forwardingGoesOn();

/// The kernel changes these by itself when forwarding goes on: kept, to be put back.
std::vector<SysctlValue> sideEffectsOfForwarding();
/// All that an exit by `tunnel` changes.
std::vector<SysctlValue> wantedForForwarding(const std::string &tunnel);

/// Permission, with what a person can do, where it is not so and may not be changed. What is right
/// already needs no right to change it.
Result<void> forwardIpv4();
/// The same, after what keeps this machine's own IPv6 alive.
Result<void> forwardIpv6(const std::string &tunnel);

/// In reverse: forwarding goes off before hosts listen to routers again, and the kernel's own
/// changes are corrected last. Empties `saved` when all is as it was.
Result<void> putBack(std::vector<SysctlValue> &saved);

/// The interfaces that were here, and did not forward, when the machine's settings were written
/// down.
std::vector<std::string> interfacesOf(const ExitState &state);

/// Whether containers or virtual machines have come since then, which forward as well. A bridge
/// with a network card in it is none of theirs.
bool isNeededByOthers(const ExitState &state);

} // namespace higgs
