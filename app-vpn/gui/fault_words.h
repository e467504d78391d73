// SPDX-License-Identifier: GPL-3.0-or-later
// What it means for the traffic that the daemon cannot be spoken to, and how that is put right.
#pragma once

#include "shared/widgets/fault_page.h"

namespace higgs::vpn {

class DaemonLink;

/// Of the link as it stands, in the language of the moment.
widgets::FaultWords faultWords(const DaemonLink &link);

} // namespace higgs::vpn
