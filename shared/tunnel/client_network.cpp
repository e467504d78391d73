// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_network.h"

#include "shared/base/log.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/dns_setting.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/network_state.h"
#include "shared/tunnel/state_file.h"

#include <algorithm>
#include <array>
#include <net/if.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr std::array Families{std::pair{Family::V4, "-4"}, std::pair{Family::V6, "-6"}};

std::string statePath(const std::string &stateDir)
{
    return stateDir + "/client-network.json";
}

Result<void> runNft(const std::string &ruleset)
{
    const auto done = runCommand("nft", {"-f", "-"}, ruleset);
    if (!done)
        return unexpected(done.error());
    return {};
}

Result<void> runIpBatch(const char *family, const std::string &batch)
{
    if (batch.empty())
        return {};
    const auto done = runCommand("ip", {family, "-batch", "-"}, batch);
    if (!done)
        return unexpected(done.error());
    return {};
}

bool hasFamily(Family family)
{
    return family == Family::V4 || ::access("/proc/sys/net/ipv6", F_OK) == 0;
}

/// Keeps the first error, lets the rest go on.
void note(Result<void> &total, const Result<void> &step)
{
    if (total && !step)
        total = step;
}

Result<void> removeRules(const char *family)
{
    const auto json = runCommand("ip", {family, "-j", "rule", "show"});
    if (!json)
        return unexpected(json.error());
    const auto present = parseRulePriorities(*json);
    if (!present)
        return unexpected(present.error());
    return runIpBatch(family, ruleRemovalBatch(*present));
}

Result<void> removeRoutes(std::uint32_t table)
{
    Result<void> total;
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        note(total, removeRules(flag));
        // Fails for a table that never had a route, which is as good.
        static_cast<void>(
            runCommand("ip", {flag, "route", "flush", "table", std::to_string(table)}));
    }
    return total;
}

/// Packets that wait for a neighbour's address passed the firewall before the block, or while the
/// local network was let out, and would leave seconds after it.
void forgetWaitingPackets()
{
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        const auto done = runCommand("ip", {flag, "neigh", "flush", "nud", "incomplete"});
        if (!done)
            log::warning("tunnel", "waiting packets stay", {{"error", done.error().detail}});
    }
}

/// What the kernel must do differently while the tunnel is up; `conf` of all interfaces together.
std::vector<SysctlValue> wantedSysctls()
{
    // Replies to marked sockets are looked up with their mark.
    std::vector<SysctlValue> wanted{{"net/ipv4/conf/all/src_valid_mark", "1"}};
    // A strict reverse path filter drops DHCP's answers, as everything unmarked leads into the
    // tunnel. The larger of "all" and the interface counts: 2 is loose.
    const auto names = sysctlInterfaces("net/ipv4/conf");
    if (std::any_of(names.begin(), names.end(), [](const std::string &name) {
            return readSysctl("net/ipv4/conf/" + name + "/rp_filter") == "1";
        }))
        wanted.push_back({"net/ipv4/conf/all/rp_filter", "2"});
    // Nobody on the LAN learns by ARP that the tunnel's address is here.
    const auto arpIgnore = readSysctl("net/ipv4/conf/all/arp_ignore");
    if (arpIgnore == "0" || arpIgnore == "1")
        wanted.push_back({"net/ipv4/conf/all/arp_ignore", "2"});
    return wanted;
}

/// Hardening, not the lock itself: a container that may not write these still blocks all leaks.
void writeSysctlsWarning(std::span<const SysctlValue> settings)
{
    for (const SysctlValue &setting : settings) {
        if (const auto written = writeSysctl(setting); !written)
            log::warning("tunnel", "kernel setting stays", {{"error", written.error().detail}});
    }
}

/// Everything but the block, in the order in which it hurts least to be interrupted.
Result<void> undo(ClientState &state)
{
    Result<void> total = restoreDns(state);
    if (state.routed) {
        const auto removed = removeRoutes(state.table);
        note(total, removed);
        state.routed = !removed.has_value();
    }
    writeSysctlsWarning(state.sysctls);
    state.sysctls.clear();
    return total;
}

} // namespace

class ClientNetwork::Private
{
public:
    explicit Private(ClientNetworkOptions given)
        : options(std::move(given)), file(statePath(options.stateDir))
    {}

    Result<void> save() { return file.save(encodeState(*state)); }
    void adopt();
    Result<void> route(const TunnelRoutes &routes);
    Result<void> replaceRules();
    Result<void> setDns();

    ClientNetworkOptions options;
    StateFile file;
    std::optional<ClientState> state; ///< none: the machine is untouched
    BlockPolicy policy;
    std::optional<TunnelRoutes> up; ///< while the tunnel is up
    bool blocked = false;           ///< by this object: only what the policy lets out may wait
    bool dnsFailed = false;
    bool translates = false;  ///< the table for addresses stands
    bool canTranslate = true; ///< until the kernel said no
    Result<void> usable;      ///< why not, when the options are bad
};

void ClientNetwork::Private::adopt()
{
    usable = checkInterfaceName(options.interfaceName);
    const auto text = file.load();
    if (!text || !*text)
        return;
    auto found = decodeClientState(**text);
    if (!found) {
        // Somebody's hand, or a broken disk. The block may be up: say so, and stay closed.
        log::error("tunnel", "state file is damaged", {{"path", file.path()}});
        state.emplace();
        state->interfaceName = options.interfaceName;
        state->mark = options.mark;
        state->table = options.table;
        state->routed = true;
        return;
    }
    log::info("tunnel", "taking over what a previous instance left",
              {{"interface", found->interfaceName}, {"routed", found->routed}});
    state = std::move(*found);
    policy.allowLan = state->allowLan;
    translates = true; // it may be there
}

Result<void> ClientNetwork::Private::route(const TunnelRoutes &routes)
{
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        auto done = removeRules(flag); // of an earlier bringUp(); the block is up meanwhile
        if (done)
            done = runIpBatch(flag, clientRouteBatch(options, policy, routes, family));
        if (!done)
            return done;
    }
    return {};
}

Result<void> ClientNetwork::Private::replaceRules()
{
    const TunnelRoutes routes = up.value_or(TunnelRoutes{});
    const bool wanted = up.has_value() || policy.excludeGid;
    if (wanted && canTranslate) {
        // One transaction, so that nobody is outside the tunnel with an address of the inside.
        const auto both = runNft(clientRuleset(options, policy, routes) +
                                 clientNatRuleset(options, policy, routes));
        translates = both.has_value();
        if (translates)
            return {};
        log::warning("tunnel",
                     "addresses cannot be translated here: no program can be outside "
                     "the tunnel, and names are asked for as the machine is set",
                     {{"error", both.error().detail}});
        canTranslate = false;
    }
    BlockPolicy plain = policy;
    plain.excludeGid.reset();
    const std::string away = translates ? clientNatRemoval() : std::string();
    translates = false;
    return runNft(clientRuleset(options, plain, routes) + away);
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
    : d(std::make_unique<Private>(std::move(options)))
{
    d->adopt();
}

ClientNetwork::~ClientNetwork() = default;

Result<void> ClientNetwork::block(const BlockPolicy &policy)
{
    if (!d->usable)
        return d->usable;
    if (!d->state)
        d->state.emplace();
    d->state->interfaceName = d->options.interfaceName;
    d->state->mark = d->options.mark;
    if (!d->state->routed)
        d->state->table = d->options.table;
    d->state->allowLan = policy.allowLan;
    const bool reroute = d->up && policy != d->policy;
    const bool narrower = !d->blocked || (d->policy.allowLan && !policy.allowLan) ||
                          (d->policy.excludeGid && d->policy.excludeGid != policy.excludeGid);
    d->policy = policy;
    if (const auto saved = d->save(); !saved)
        return saved;
    if (const auto ruled = d->replaceRules(); !ruled)
        return ruled;
    d->blocked = true;
    if (narrower)
        forgetWaitingPackets();
    if (!reroute)
        return {};
    const auto routed = d->route(*d->up);
    // WireGuard may just have died, and its interface with it: the block stands all the same, and
    // the next bringUp() makes the routes.
    if (!routed && ::if_nametoindex(d->options.interfaceName.c_str()) == 0)
        return {};
    return routed;
}

Result<void> ClientNetwork::bringUp(const TunnelRoutes &routes)
{
    if (!d->state)
        return unexpected(ErrorCode::InvalidArgument, "block() comes before bringUp()");
    const auto wanted = wantedSysctls();
    rememberSysctls(wanted, d->state->sysctls);
    d->state->routed = true;
    if (const auto saved = d->save(); !saved)
        return saved;
    TunnelRoutes possible = routes;
    if (!canHaveIpv6(d->options.interfaceName))
        std::erase_if(possible.addresses,
                      [](const InterfaceAddress &each) { return each.address.isV6(); });
    d->up = possible;
    Result<void> done = d->replaceRules();
    if (done) {
        writeSysctlsWarning(wanted);
        done = d->route(possible);
    }
    d->dnsFailed = false;
    if (done)
        done = d->setDns();
    if (!done)
        static_cast<void>(takeDown());
    return done;
}

Result<void> ClientNetwork::takeDown()
{
    if (!d->state)
        return {};
    Result<void> total = undo(*d->state);
    d->up.reset();
    note(total, d->replaceRules());
    note(total, d->save());
    return total;
}

Result<void> ClientNetwork::restore()
{
    Result<void> total;
    d->up.reset();
    if (d->state) {
        total = undo(*d->state);
        // What could not be undone must be known to the next attempt.
        if (!total)
            note(total, d->save());
    }
    const auto opened = runNft(clientRulesetRemoval());
    note(total, opened);
    d->blocked = d->blocked && !opened;
    if (!total)
        return total;
    d->state.reset();
    return d->file.remove();
}

bool ClientNetwork::isBlocked() const
{
    return d->state.has_value();
}

bool ClientNetwork::canTranslate() const
{
    return d->canTranslate;
}

bool ClientNetwork::dnsFailed() const
{
    return d->dnsFailed;
}

Result<void> ClientNetwork::restoreOffline(const std::string &stateDir,
                                           const std::string &interfaceName)
{
    const StateFile file(statePath(stateDir));
    Result<void> total;
    const auto text = file.load();
    if (!text)
        note(total, unexpected(text.error()));
    if (text && *text) {
        auto state = decodeClientState(**text);
        const ClientNetworkOptions defaults;
        ClientState assumed;
        assumed.table = defaults.table;
        assumed.routed = true;
        ClientState &known = state ? *state : assumed;
        note(total, undo(known));
        if (state)
            note(total, removeStaleDevice(known.interfaceName));
    }
    if (!interfaceName.empty())
        note(total, removeStaleDevice(interfaceName));
    note(total, runNft(clientRulesetRemoval()));
    if (total)
        total = file.remove();
    return total;
}

} // namespace higgs
