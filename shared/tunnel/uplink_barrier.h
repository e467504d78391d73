// SPDX-License-Identifier: GPL-3.0-or-later
// The client's barrier on the machine's network cards: put up, held against what stands there, put
// back, taken away; by rtnetlink, without a program of the system's.
#pragma once

#include "shared/tunnel/traffic_control_message.h"

#include <functional>
#include <map>

namespace higgs {

class TrafficConversation;

/// Synchronous, some milliseconds for hundreds of links; on one thread.
class UplinkBarrier
{
public:
    /// Links that lead to nobody else than the tunnel's other end, or this machine's own guests:
    /// they have none, and neither have loopback and the ports of those bridges.
    struct Inside
    {
        std::string tunnel;
        std::vector<std::string> bridges;
    };

    struct Outcome
    {
        bool damaged = false;             ///< what this object had made was gone or changed
        std::vector<std::string> missing; ///< "eth0: why it has none"
    };

    /// Makes it so at every link. Where another program has a hook for its own filters, that stays,
    /// and so do they; ours come first where there is room. `hooks` are the names of links whose
    /// hook we made; `written` is called with a new one in it, before the kernel has it.
    Outcome raise(const ClientBarrierPolicy &policy, const Inside &inside,
                  std::vector<std::string> &hooks, const std::function<void()> &written);

    /// Takes it away everywhere, whoever of us has put it up, and the hooks with which nobody else
    /// has done anything meanwhile. A hook that could not be taken away stays in `hooks`.
    static Result<void> remove(std::vector<std::string> &hooks);

    /// At some link there is one of ours.
    static bool standsSomewhere();

private:
    struct Link;

    Result<bool> raiseAt(TrafficConversation &kernel, const Link &link,
                         const BarrierProgram &wanted, std::vector<std::string> &hooks,
                         const std::function<void()> &written);

    std::map<std::uint32_t, BarrierProgram> m_raised; ///< by the link's index
};

} // namespace higgs
