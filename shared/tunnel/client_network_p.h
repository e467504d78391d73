// SPDX-License-Identifier: GPL-3.0-or-later
// What a ClientNetwork has and does, shared by its three source files. Internal to them.
#pragma once

#include "shared/tunnel/client_network.h"
#include "shared/tunnel/client_routing.h"
#include "shared/tunnel/leak_receipt.h"
#include "shared/tunnel/network_state.h"
#include "shared/tunnel/port_guard.h"
#include "shared/tunnel/state_file.h"
#include "shared/tunnel/uplink_barrier.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace higgs {

inline RuleOwner ownerOf(const ClientState &state)
{
    return {state.excludeMark, state.table};
}

inline std::string stateFilePath(const std::string &stateDir)
{
    return stateDir + "/client-network.json";
}

class ClientNetwork::Private
{
public:
    Private(ClientNetworkOptions given, std::string statePath)
        : options(std::move(given)), file(std::move(statePath)), guard(options.interfaceName)
    {}

    Result<void> save() { return file.save(encodeState(*state)); }
    void saveIfPossible();
    void adopt();
    Result<void> route(const TunnelRoutes &routes);
    Result<void> route(const TunnelRoutes &routes, IpAddress::Family family, const char *flag);
    void raiseBarrier();
    /// What the tunnel can have of `wished` now: IPv6 may be switched off on this machine.
    [[nodiscard]] TunnelRoutes possible() const;
    /// Of the kernel's, that are not as the block needs them and may be.
    [[nodiscard]] std::vector<SysctlValue> changedSettings() const;
    bool putSettings();
    void verifyRoutes(BlockDamage &damage);
    void verifyAddresses(BlockDamage &damage);
    Result<void> lookAgain();
    [[nodiscard]] ClientSurroundings look();
    void guardUplinks();
    Result<void> replaceRules();
    Result<void> replaceTables();
    bool isBeingWritten();
    void putGuardBack();
    [[nodiscard]] bool tablesStand();
    Result<void> setDns();

    ClientNetworkOptions options;
    StateFile file;
    PortGuard guard;                  ///< watched while the tunnel is up
    std::optional<ClientState> state; ///< none: the machine is untouched
    bool opened = false;              ///< `state` is what is left to be put back: the block is gone
    BlockPolicy policy;
    std::optional<TunnelRoutes> wished; ///< while the tunnel is up: what it was to have
    std::optional<TunnelRoutes> up;     ///< and what it has of that
    ClientSurroundings around;          ///< as the rules have it
    /// By index: what leads out stays an uplink, also while its route is away for a moment.
    std::set<unsigned> ledOut;
    bool blocked = false; ///< by this object: only what the policy lets out may wait
    /// Our tables as nft prints them, when they had just been made; nullopt when it was not to be
    /// known whether that is what was made.
    std::optional<std::string> made;
    /// The number of nftables' ruleset at which they were that: while it is the same, they are.
    std::optional<std::uint32_t> madeAt;
    /// They were damaged, and have been made anew for another reason.
    bool tablesWereDamaged = false;
    bool rulesWereDamaged = false;
    MadeRules madeRules;
    LeakCounting leaks;
    UplinkBarrier uplinkBarrier;
    bool uplinksWereDamaged = false;
    std::vector<std::string> unguarded;     ///< as unguarded() says
    bool barred = false;                    ///< routes as well as rules
    std::vector<std::string> fixedSettings; ///< which we may not write
    bool dnsFailed = false;
    std::string foreignDns; ///< what somebody has written into resolv.conf, so far
    std::optional<Monotonic> foreignSince{};
    bool translates = false;  ///< the table for addresses stands
    bool canTranslate = true; ///< until the kernel said no
    Result<void> usable;      ///< why not, when the options are bad
};

} // namespace higgs
