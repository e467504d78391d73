// SPDX-License-Identifier: GPL-3.0-or-later
// The client's barrier on the machine's network cards: put up, held against what stands there, put
// back, taken away; by rtnetlink, without a program of the system's.
#pragma once

#include "shared/tunnel/traffic_control_message.h"
#include "shared/tunnel/tunnel_barrier.h"

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
        std::vector<std::string> shared; ///< cards with guests' interfaces upon them, as macvlan
        /// What the tunnel has at its own end, once it is up. It goes with the interface.
        std::optional<BarrierProgram> end = {};
    };

    struct Outcome
    {
        bool damaged = false;             ///< what this object had made was gone or changed
        std::vector<std::string> missing; ///< "eth0: why it has none"
    };

    /// Makes it so at every link. Where another program has a hook for its own filters, that stays,
    /// and so do they; ours come first where there is room, and a link where there is none counts
    /// as missing: what is asked first may let everything pass. `hooks` are the names of links
    /// whose hook we made; `written` is called with a new one in it, before the kernel has it.
    Outcome raise(const ClientBarrierPolicy &policy, const Inside &inside,
                  std::vector<std::string> &hooks, const std::function<void()> &written);

    /// Takes it away everywhere, whoever of us has put it up, and the hooks with which nobody else
    /// has done anything meanwhile. A hook that could not be taken away stays in `hooks`.
    static Result<void> remove(std::vector<std::string> &hooks);

    /// At some link there is one of ours.
    static bool standsSomewhere();
    /// Names of links whose hook has nobody's filters but ours: where it was not written down, or
    /// that is lost, it was made for them. An empty one of somebody else's does nothing either.
    static std::vector<std::string> likelyHooks();

private:
    struct Link;

    struct Raised
    {
        bool damaged = false; ///< what this object had made there was gone or changed
        bool behind = false;  ///< another program's filter is asked first
    };
    Result<Raised> raiseAt(TrafficConversation &kernel, const Link &link,
                           const BarrierProgram &wanted, std::vector<std::string> &hooks,
                           const std::function<void()> &written);

    Result<bool> raiseEnd(TrafficConversation &kernel, const Link &link,
                          const BarrierProgram &wanted);

    std::map<std::uint32_t, BarrierProgram> m_raised; ///< by the link's index
    std::uint32_t m_end = 0;                      ///< the index of the tunnel that had its barrier
    std::map<std::uint32_t, std::string> m_names; ///< of the links that there were
};

} // namespace higgs
