// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_network_p.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/dns_setting.h"
#include "shared/tunnel/exit_surroundings.h"
#include "shared/tunnel/inside_hosts.h"
#include "shared/tunnel/privileges.h"
#include "shared/tunnel/resolv_conf_file.h"
#include "shared/tunnel/standing_block.h"

#include <algorithm>
#include <array>
#include <net/if.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

using Family = IpAddress::Family;

/// Keeps the first error, lets the rest go on.
void note(Result<void> &total, const Result<void> &step)
{
    if (total && !step)
        total = step;
}

/// Asked of the kernel, and of nft where that does not tell.
bool rulesAreThere()
{
    const auto told = rulesBlock();
    return told ? *told : !tablesNow(false).starts_with(NoTable);
}

} // namespace

/// A disk that cannot be written keeps no block from standing.
void ClientNetwork::Private::saveIfPossible()
{
    if (const auto saved = save(); !saved)
        log::warning("tunnel", "what is to be undone one day cannot be written down",
                     {{"error", saved.error().detail}});
}

void ClientNetwork::Private::adopt()
{
    usable = checkInterfaceName(options.interfaceName);
    const auto text = file.load();
    const bool isWritten = text && *text;
    // One that cannot be read may have been of a block whose rules somebody flushed.
    if (text && !*text && !rulesAreThere() && !UplinkBarrier::standsSomewhere())
        return;
    auto found = isWritten ? decodeClientState(**text)
                           : Result<ClientState>(unexpected(ErrorCode::NotFound, ""));
    if (!found) {
        // Somebody's hand, or a broken disk. The block may be up: say so, and stay closed.
        if (hasNetAdmin()) // who lacks it ends, and says so
            log::error("tunnel", "a block stands, and its state file is damaged or gone",
                       {{"path", file.path()}});
        state.emplace();
        state->interfaceName = options.interfaceName;
        state->mark = options.mark;
        state->excludeMark = options.excludeMark;
        state->table = options.table;
        state->routed = true;
        state->hooks = UplinkBarrier::likelyHooks();
        if (text && !*text)
            return;
        if (const auto kept = replaceKeeping(file.path(), encodeState(*state), 0600); !kept)
            log::warning("tunnel", "the damaged state file stays in the way",
                         {{"error", kept.error().detail}});
        return;
    }
    log::info("tunnel", "taking over what a previous instance left",
              {{"interface", found->interfaceName}, {"routed", found->routed}});
    state = std::move(*found);
    // The kernel knows better than a file that could not be removed, or that outlived a reboot.
    opened = !blockStands(state->table, state->interfaceName).value_or(true) &&
             !UplinkBarrier::standsSomewhere();
    options.excludeMark = state->excludeMark; // connections carry it
    policy.allowLan = state->allowLan;
    translates = true; // it may be there
}

TunnelRoutes ClientNetwork::Private::possible() const
{
    TunnelRoutes routes = wished.value_or(TunnelRoutes{});
    const auto needsV6 = [](const InterfaceAddress &each) { return each.address.isV6(); };
    if (std::any_of(routes.addresses.begin(), routes.addresses.end(), needsV6) &&
        !canHaveIpv6(options.interfaceName))
        std::erase_if(routes.addresses, needsV6);
    return routes;
}

std::vector<SysctlValue> ClientNetwork::Private::changedSettings() const
{
    auto changed = wantedSysctls();
    std::erase_if(changed, [this](const SysctlValue &setting) {
        return readSysctl(setting.path) == setting.value ||
               std::find(fixedSettings.begin(), fixedSettings.end(), setting.path) !=
                   fixedSettings.end();
    });
    return changed;
}

/// True: somebody had changed what the block needs.
bool ClientNetwork::Private::putSettings()
{
    const auto changed = changedSettings();
    const auto known = state->sysctls;
    rememberSysctls(changed, state->sysctls);
    if (known != state->sysctls)
        saveIfPossible();
    bool put = false;
    for (const SysctlValue &setting : changed) {
        if (writeSysctl(setting) && readSysctl(setting.path) == setting.value)
            put = true;
        else
            fixedSettings.push_back(setting.path); // hardening, and no news every time
    }
    return put;
}

/// The second barrier: all that is not marked leads to nowhere.
void ClientNetwork::Private::raiseBarrier()
{
    const auto wanted = wantedSysctls();
    rememberSysctls(wanted, state->sysctls);
    state->routed = true;
    saveIfPossible();
    writeSysctlsWarning(wanted);
    if (const auto routed = route({}); !routed)
        log::warning("tunnel", "only rules block, and no routes",
                     {{"error", routed.error().detail}});
}

Result<void> ClientNetwork::Private::setDns()
{
    dnsFailed = false;
    if (up->dnsServers.empty())
        return {};
    Result<void> done = higgs::setDns(*state, up->dnsServers, [this] { return save(); });
    if (!done && translates && redirectWillDo()) {
        log::info("tunnel",
                  "names are redirected into the tunnel, as their setting may not be "
                  "changed",
                  {{"why", done.error().detail}});
        done = {};
    }
    dnsFailed = !done;
    return done;
}

ClientNetwork::ClientNetwork(ClientNetworkOptions options)
    : d(std::make_unique<Private>(options, stateFilePath(options.stateDir)))
{
    d->adopt();
}

ClientNetwork::~ClientNetwork() = default;

Result<void> ClientNetwork::block(const BlockPolicy &policy)
{
    if (!d->usable)
        return d->usable;
    const bool first = !isBlocked();
    if (!d->state)
        d->state.emplace();
    d->state->interfaceName = d->options.interfaceName;
    d->state->mark = d->options.mark;
    d->state->excludeMark = d->options.excludeMark;
    if (!d->state->routed)
        d->state->table = d->options.table;
    d->state->allowLan = policy.allowLan;
    const bool reroute = d->barred && policy != d->policy;
    const bool narrower = !d->blocked || (d->policy.allowLan && !policy.allowLan) ||
                          (d->policy.excludeGid && d->policy.excludeGid != policy.excludeGid);
    d->policy = policy;
    // A disk that is full or read-only must not leave the line open: rules first, files second. A
    // block without a file is known by its table.
    const auto ruled = d->replaceRules();
    // Killed too late, nft may have done it all the same: only what is not there is not told.
    if (!ruled && first && !rulesAreThere()) {
        if (!d->opened)
            d->state.reset();
        return ruled;
    }
    d->opened = false;
    d->saveIfPossible();
    if (!ruled)
        return ruled;
    d->blocked = true;
    if (narrower)
        forgetWaitingPackets();
    if (!d->barred)
        d->raiseBarrier();
    const auto seen = d->lookAgain();
    d->guardUplinks();
    if (!seen)
        return seen;
    if (!reroute)
        return {};
    const auto routed = d->route(d->up.value_or(TunnelRoutes{}));
    // WireGuard may just have died, and its interface with it: the block stands all the same, and
    // the next bringUp() makes the routes.
    if (!routed && ::if_nametoindex(d->options.interfaceName.c_str()) == 0)
        return {};
    return routed;
}

Result<void> ClientNetwork::bringUp(const TunnelRoutes &routes)
{
    if (!isBlocked())
        return unexpected(ErrorCode::InvalidArgument, "block() comes before bringUp()");
    if (!d->barred)
        d->raiseBarrier();
    const auto nearby = routedNetworks(d->options.interfaceName);
    if (!nearby)
        return unexpected(nearby.error());
    if (const auto checked = checkInsideHosts(routes, *nearby); !checked)
        return checked;
    d->wished = routes;
    d->up = d->possible();
    d->around = d->look();
    d->guard.watch();
    d->guardUplinks();
    Result<void> done = d->replaceRules();
    if (done)
        done = d->route(*d->up);
    d->dnsFailed = false;
    if (done)
        done = d->setDns();
    if (!done)
        static_cast<void>(takeDown());
    return done;
}

Result<void> ClientNetwork::takeDown()
{
    if (!isBlocked())
        return {};
    d->up.reset();
    d->wished.reset();
    d->guard.forget();
    Result<void> total = d->replaceRules();
    note(total, d->route({}));
    for (const auto &[family, flag] : Families) {
        // Gone already where the interface is.
        if (hasFamily(family))
            static_cast<void>(
                runCommand("ip", {flag, "route", "del", "default", "dev", d->options.interfaceName,
                                  "table", std::to_string(d->options.table)}));
    }
    note(total, restoreDns(*d->state));
    note(total, d->save());
    return total;
}

bool ClientNetwork::isBlocked() const
{
    return d->state && !d->opened;
}

bool ClientNetwork::hasLeftovers() const
{
    return d->opened;
}

bool ClientNetwork::stands() const
{
    // Where the kernel does not tell, what was made last is what is known.
    return isBlocked() &&
           (blockStands(d->state->table, d->options.interfaceName).value_or(d->blocked) ||
            (d->unguarded.empty() && UplinkBarrier::standsSomewhere()));
}

bool ClientNetwork::settingsStand() const
{
    return !d->barred || d->changedSettings().empty();
}

bool ClientNetwork::canTranslate() const
{
    return d->canTranslate;
}

Result<void> ClientNetwork::setNameRelays(std::vector<NameRelayPlace> places)
{
    if (places == d->around.relays)
        return {};
    d->around.relays = std::move(places);
    return d->blocked ? d->replaceRules() : Result<void>();
}

std::vector<IpAddress> ClientNetwork::nameServers() const
{
    std::vector<IpAddress> servers;
    if (d->up && d->translates)
        std::copy_if(d->up->dnsServers.begin(), d->up->dnsServers.end(),
                     std::back_inserter(servers),
                     [this](const IpAddress &each) { return carries(*d->up, each.family()); });
    return servers;
}

TunnelResolvers ClientNetwork::tunnelResolvers() const
{
    TunnelResolvers resolvers;
    if (d->up)
        resolvers.inside = d->up->dnsServers;
    if (d->state && d->state->resolvConf)
        resolvers.replaced = resolvConfText(*d->state->resolvConf);
    return resolvers;
}

const ClientSurroundings &ClientNetwork::surroundings() const
{
    return d->around;
}

const std::vector<std::string> &ClientNetwork::unguarded() const
{
    return d->unguarded;
}

bool ClientNetwork::lookAtLeaks()
{
    return d->leaks.look();
}

std::optional<LeakReceipt> ClientNetwork::leakReceipt() const
{
    return d->leaks.receipt();
}

bool ClientNetwork::dnsFailed() const
{
    return d->dnsFailed;
}

} // namespace higgs
