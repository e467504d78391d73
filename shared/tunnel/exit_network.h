// SPDX-License-Identifier: GPL-3.0-or-later
// What the node changes on its machine to be an exit: forwarding, masquerade for guests, and the
// policy that keeps them away from everything but the Internet.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/base/result.h"
#include "shared/tunnel/exit_attack.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace higgs {

struct ExitInspection;

/// UDP port on the gateway addresses that guests may reach: the STUN responder by which a client
/// proves that its tunnel works.
constexpr std::uint16_t GatewayStunPort = 3478;

/// The first host of a tunnel network, null for none: every node's own address in it, where the
/// STUN responder answers.
IpAddress gatewayOf(const IpPrefix &network);

struct ExitNetworkOptions
{
    std::string stateDir; ///< exists and is ours; holds exit-network.json
    std::string interfaceName;
};

/// Where it is written down what the machine was.
std::string exitStatePath(const std::string &stateDir);

/// What of the router is seen from the outside. "Unknown" is no state to share in.
struct RouterSurface
{
    std::vector<IpAddress> addresses; ///< its own
    std::vector<IpPrefix> networks;   ///< in which it, or the rest of the home, may have others
    bool known4 = false;              ///< over this family its address has been found out
    bool known6 = false;
    bool afar4 = false; ///< what answers from beyond the router is seen to have come a way
    bool afar6 = false;

    friend bool operator==(const RouterSurface &, const RouterSurface &) = default;
};

struct ExitPolicy
{
    IpPrefix network4;               ///< the guests'; null address: no IPv4 for guests
    IpPrefix network6;               ///< the same for IPv6
    std::vector<IpAddress> gateways; ///< the node's own addresses in the tunnel
    std::string egress;              ///< interface to the Internet; "" or "auto": default route's
    std::vector<IpPrefix> exitAllow; ///< the owner's exceptions from "global unicast only"
    RouterSurface router;

    friend bool operator==(const ExitPolicy &, const ExitPolicy &) = default;
};

/// Same promises as ClientNetwork: written down before it is done, synchronous, repeatable, undone
/// by restore(), by restoreExit(), or taken over by the next instance.
class ExitNetwork
{
public:
    explicit ExitNetwork(ExitNetworkOptions options);
    ~ExitNetwork();
    ExitNetwork(const ExitNetwork &) = delete;
    ExitNetwork &operator=(const ExitNetwork &) = delete;

    /// Puts the policy in force, replacing an earlier one atomically, then turns forwarding on.
    /// To be repeated when the machine's routes change. Unavailable: no default route.
    Result<void> apply(const ExitPolicy &policy);
    /// After apply(), when the tunnel's interface stands and before a guest comes: the barrier that
    /// needs no nftables, which goes with the interface. From then on it is exchanged with the
    /// rules, and foreignChange() speaks of it, too. It is never a condition: where it cannot be
    /// had, or not in whole, the rules hold all the same, and the log and barrierFault() say why.
    void raiseBarrier();
    /// Empty: it stands, and guards all that the rules do. Else a sentence.
    [[nodiscard]] const std::string &barrierFault() const;
    /// After apply(): what guests must not reach because it is the router itself. Over IPv6 guests
    /// get out while it is known.
    Result<void> updateRouter(const RouterSurface &router);
    /// After apply(), and again when other programs' routing rules come: that answers to guests
    /// find the tunnel before those rules are asked.
    Result<void> leadAnswers();
    /// After apply(): true when the machine's networks or its way out have changed, and the policy
    /// was put in force anew for them.
    Result<bool> refresh();
    /// After apply(): the guests whom the fuse holds now.
    [[nodiscard]] std::vector<IpAddress> cutGuests() const;
    /// After apply(), with the gateways up: sends what a malicious guest would through the rules in
    /// force, and compares those with what was put in force. Blocks for some ten milliseconds.
    Result<ExitSafety> attack();
    /// After apply(): empty if the rules in force are ours, else the first that differs. Another
    /// program may have flushed them (a firewall that reloads does).
    Result<std::string> foreignChange();
    /// attack() and foreignChange(), to be done by another thread: guests' packets wait for neither
    /// then. What it finds counts while revision() is the same.
    [[nodiscard]] ExitInspection inspection() const;
    /// Another one after every change of what is in force.
    [[nodiscard]] std::uint64_t revision() const;
    /// Asks those among the machine's other firewalls that have a place for it to let guests pass;
    /// true when one was asked. Our own rules decide all the same.
    Result<bool> askOtherFirewalls();
    /// What the owner can do about the machine's other firewalls, which let no guest out: names and
    /// exact commands. Empty when none is found that could be the reason.
    [[nodiscard]] std::string firewallRemedy() const;
    /// The same where answers to guests are lost: by whatever rule, at whatever hook.
    [[nodiscard]] std::string answersRemedy() const;
    /// Forwarding off again if it was off and nobody else has come to need it, the guests'
    /// connections forgotten, then rules away.
    Result<void> restore();

    /// The interface by which guests leave; empty before apply().
    [[nodiscard]] const std::string &egress() const;
    /// Whether guests get out over IPv6, or are told at once that there is no route.
    [[nodiscard]] bool hasIpv6() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs
