// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/datagram_losses.h"

#include "shared/paths/udp_mux.h"

namespace higgs {

DatagramLosses lossesOf(const UdpMux &mux)
{
    const MuxCounters counters = mux.counters();
    DatagramLosses losses;
    losses.unsent = counters.unsent;
    losses.late = counters.overrun;
    losses.strangers = counters.strangers;
    return losses;
}

protocol::Json toJson(const DatagramLosses &losses)
{
    return protocol::Json{{"tunnel", losses.tunnel}, {"limits", losses.limits},
                          {"paths", losses.paths},   {"unsent", losses.unsent},
                          {"late", losses.late},     {"strangers", losses.strangers}};
}

} // namespace higgs
