// SPDX-License-Identifier: GPL-3.0-or-later
// The client's barrier at the tunnel's own end, as a classic BPF program for the interface's
// ingress: what the exit may say to this machine whatever has become of the rules. Pure.
#pragma once

#include "shared/tunnel/barrier_code.h"
#include "shared/tunnel/client_network.h"

namespace higgs {

/// Only what is for our addresses in the tunnel, and nothing that begins a conversation as far as a
/// single packet tells that: no TCP that opens a connection, no question for an echo. TCP in
/// fragments, options and extension headers but the fragment's are nobody's.
BarrierProgram tunnelBarrier(const TunnelRoutes &up);

/// Whether tunnelBarrier() wrote it.
bool isTunnelBarrier(std::span<const sock_filter> program);

} // namespace higgs
