// SPDX-License-Identifier: GPL-3.0-or-later
// The client's barrier at the tunnel's own end, as classic BPF programs for the interface's ingress
// and egress: what the exit and this machine may say to each other whatever has become of the
// rules. Pure.
#pragma once

#include "shared/tunnel/barrier_code.h"
#include "shared/tunnel/client_network.h"

namespace higgs {

struct TunnelBarrier
{
    /// Out of the tunnel, at its ingress: only what is for our addresses in it, and nothing that
    /// begins a conversation as far as a single packet tells that: no TCP that opens a connection,
    /// no question for an echo. TCP in fragments, options and extension headers but the fragment's
    /// are nobody's.
    BarrierProgram ingress;
    /// Into the tunnel, at its egress: only under our addresses in it, and to the Internet, to the
    /// exit's gateways and to the resolvers that are asked inside.
    BarrierProgram egress;
};

TunnelBarrier tunnelBarrier(const TunnelRoutes &up);

/// Whether tunnelBarrier() wrote it.
bool isTunnelBarrier(std::span<const sock_filter> program);

} // namespace higgs
