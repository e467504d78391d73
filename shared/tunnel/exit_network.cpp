// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_network.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/conntrack_forget.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/exit_answers.h"
#include "shared/tunnel/exit_barrier.h"
#include "shared/tunnel/exit_barrier_link.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/exit_forwarding.h"
#include "shared/tunnel/exit_fuse.h"
#include "shared/tunnel/exit_inspection.h"
#include "shared/tunnel/exit_ruleset.h"
#include "shared/tunnel/exit_surroundings.h"
#include "shared/tunnel/foreign_firewall.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/network_state.h"
#include "shared/tunnel/state_file.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace higgs {

namespace {

constexpr const char *NoBarrierYet = "nftables alone guards the home, as there is no tunnel yet";

} // namespace

class ExitNetwork::Private
{
public:
    explicit Private(ExitNetworkOptions given)
        : options(std::move(given)),
          file(exitStatePath(options.stateDir)),
          barrier(options.interfaceName),
          guard(options.interfaceName)
    {}

    void adopt();
    [[nodiscard]] Result<ExitSurroundings> look(const ExitPolicy &wanted) const;
    Result<void> remember(const ExitPolicy &wanted);
    Result<void> forwardPackets();
    Result<void> putInForce(const ExitPolicy &wanted, const ExitSurroundings &surroundings);
    void raiseBarrier();
    [[nodiscard]] std::string tryBarrier();
    [[nodiscard]] Result<ExitSurroundings> lookAroundAgain(const ExitPolicy &wanted) const;

    ExitNetworkOptions options;
    StateFile file;
    std::optional<ExitState> state; ///< none: the machine is untouched
    ExitPolicy policy;
    ExitSurroundings around;
    std::string listing; ///< of the rules, right after they were put in force
    ExitBarrierLink barrier;
    bool barrierWanted = false; ///< the tunnel's interface stands
    std::string barrierFault = NoBarrierYet;
    PortGuard guard;
    std::uint64_t revision = 0;
    bool mayForward6 = true; ///< until this machine said no
};

void ExitNetwork::Private::adopt()
{
    const auto text = file.load();
    if (!text || !*text)
        return;
    auto found = decodeExitState(**text);
    if (!found) {
        log::error("tunnel", "state file is damaged", {{"path", file.path()}});
        return;
    }
    log::info("tunnel", "taking over what a previous instance left",
              {{"interface", found->interfaceName}});
    state = std::move(*found);
}

/// Writes down how the machine was, once; later calls only add interfaces and networks that came
/// since.
Result<void> ExitNetwork::Private::remember(const ExitPolicy &wanted)
{
    if (!state) {
        state.emplace();
        state->forwarded4 = isForwarding4();
        state->forwarded6 = isForwarding6();
    }
    state->interfaceName = options.interfaceName;
    for (const IpPrefix &network : {wanted.network4, wanted.network6}) {
        const bool known =
            std::find(state->guests.begin(), state->guests.end(), network) != state->guests.end();
        if (!network.address.isNull() && !known)
            state->guests.push_back(network);
    }
    const bool turnsOn = forwardingGoesOn();
    if (turnsOn)
        rememberSysctls(sideEffectsOfForwarding(), state->sysctls);
    rememberSysctls(wantedForForwarding(options.interfaceName), state->sysctls);
    // The tunnel's own settings go with it; the next one of that name must not get them.
    std::erase_if(state->sysctls, [this](const SysctlValue &setting) {
        return setting.path.find("/" + options.interfaceName + "/") != std::string::npos;
    });
    return file.save(encodeState(*state));
}

Result<void> ExitNetwork::Private::putInForce(const ExitPolicy &wanted,
                                              const ExitSurroundings &surroundings)
{
    ++revision;
    if (const auto ruled = runNft(exitRuleset(options, wanted, surroundings)); !ruled)
        return ruled;
    if (const std::string arp = exitArpRuleset(options, wanted); !arp.empty()) {
        if (const auto ruled = runNft(arp); !ruled)
            log::warning("tunnel", "this machine will tell the home its address in the tunnel",
                         {{"error", ruled.error().detail}});
    }
    policy = wanted;
    around = surroundings;
    auto listed = listExitRules();
    if (!listed)
        return unexpected(listed.error());
    listing = std::move(*listed);
    if (barrierWanted)
        raiseBarrier();
    return {};
}

/// What keeps it from guarding all that the rules do; empty: nothing.
std::string ExitNetwork::Private::tryBarrier()
{
    const std::string alone = "nftables alone guards the home: ";
    const auto program = exitBarrier(policy, around);
    if (!program)
        return alone + program.error().detail;
    if (const auto raised = barrier.raise(barrierText(*program)); !raised)
        return alone + "this kernel lacks cls_bpf or clsact, or tc is not installed (" +
               raised.error().detail + ")";
    const std::size_t beyond = networksBeyondBarrier(around);
    if (beyond == 0)
        return {};
    return "nftables alone guards " + std::to_string(beyond) +
           " of the networks that this machine has routes to: they are too many for the filter on "
           "the tunnel";
}

void ExitNetwork::Private::raiseBarrier()
{
    const std::string before = std::exchange(barrierFault, tryBarrier());
    if (barrierFault.empty() || barrierFault == before)
        return;
    log::warning("tunnel", "the second barrier before the home is not whole",
                 {{"error", barrierFault}});
}

/// As it is now, but for what it was before we came.
Result<ExitSurroundings> ExitNetwork::Private::lookAroundAgain(const ExitPolicy &wanted) const
{
    auto found = look(wanted);
    if (!found)
        return found;
    found->forwarded4 = around.forwarded4;
    found->forwarded6 = around.forwarded6;
    found->interfaces = around.interfaces;
    return found;
}

/// IPv4 has to be forwarded; IPv6 is left out where it cannot be had.
Result<void> ExitNetwork::Private::forwardPackets()
{
    if (const auto six = forwardIpv6(options.interfaceName); !six && around.ipv6) {
        log::warning("tunnel", "guests get no IPv6, as this machine may not forward it",
                     {{"error", six.error().detail}});
        mayForward6 = false;
        ExitSurroundings fewer = around;
        fewer.ipv6 = false;
        if (const auto ruled = putInForce(policy, fewer); !ruled)
            return ruled;
    }
    return forwardIpv4();
}

/// What is around, without what was found not to be had.
Result<ExitSurroundings> ExitNetwork::Private::look(const ExitPolicy &wanted) const
{
    auto found = lookAround(wanted, options.interfaceName);
    if (found && !mayForward6)
        found->ipv6 = false;
    return found;
}

std::string exitStatePath(const std::string &stateDir)
{
    return stateDir + "/exit-network.json";
}

IpAddress gatewayOf(const IpPrefix &network)
{
    if (network.address.isV4())
        return IpAddress::v4(network.address.toV4() + 1);
    if (!network.address.isV6())
        return {};
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(network.address.bytes().begin(), bytes.size(), bytes.begin());
    bytes[15] |= 1U;
    return IpAddress::v6(bytes);
}

ExitNetwork::ExitNetwork(ExitNetworkOptions options)
    : d(std::make_unique<Private>(std::move(options)))
{
    d->adopt();
}

ExitNetwork::~ExitNetwork() = default;

Result<void> ExitNetwork::apply(const ExitPolicy &policy)
{
    if (const auto named = checkInterfaceName(d->options.interfaceName); !named)
        return named;
    auto around = d->look(policy);
    if (!around)
        return unexpected(around.error());
    if (const auto remembered = d->remember(policy); !remembered)
        return remembered;
    around->forwarded4 = d->state->forwarded4;
    around->forwarded6 = d->state->forwarded6;
    around->interfaces = interfacesOf(*d->state);
    warnOfTakenPorts();
    if (const auto fused = runNft(fuseRuleset(d->options.interfaceName)); !fused)
        return fused;
    if (const auto ruled = d->putInForce(policy, *around); !ruled)
        return ruled;
    const auto forwards = d->forwardPackets();
    if (forwards)
        log::info("tunnel", "exit is open", {{"egress", around->egress}, {"ipv6", d->around.ipv6}});
    return forwards;
}

void ExitNetwork::raiseBarrier()
{
    if (d->around.egress.empty())
        return; // apply() comes before
    ++d->revision;
    d->guard.watch();
    d->barrierWanted = true;
    d->raiseBarrier();
}

const std::string &ExitNetwork::barrierFault() const
{
    return d->barrierFault;
}

Result<void> ExitNetwork::updateRouter(const RouterSurface &router)
{
    if (d->around.egress.empty())
        return unexpected(ErrorCode::InvalidArgument, "apply() comes before updateRouter()");
    if (router == d->policy.router)
        return {};
    ExitPolicy policy = d->policy;
    policy.router = router;
    const auto around = d->lookAroundAgain(policy);
    if (!around)
        return unexpected(around.error());
    return d->putInForce(policy, *around);
}

Result<void> ExitNetwork::leadAnswers()
{
    if (d->around.egress.empty())
        return unexpected(ErrorCode::InvalidArgument, "apply() comes before leadAnswers()");
    return higgs::leadAnswers(d->policy);
}

Result<bool> ExitNetwork::refresh()
{
    const auto around = d->lookAroundAgain(d->policy);
    if (!around)
        return unexpected(around.error());
    if (*around == d->around)
        return false;
    log::info("tunnel", "the home's networks have changed", {{"egress", around->egress}});
    if (const auto ruled = d->putInForce(d->policy, *around); !ruled)
        return unexpected(ruled.error());
    if (const auto forwards = d->forwardPackets(); !forwards)
        return unexpected(forwards.error());
    return true;
}

std::vector<IpAddress> ExitNetwork::cutGuests() const
{
    std::vector<IpAddress> guests;
    for (const char *set : {"cut4", "cut6"}) {
        const auto json = runCommand("nft", {"-j", "list", "set", "inet", FuseTableName, set});
        const auto found = json ? parseCutGuests(*json) : std::vector<IpAddress>();
        guests.insert(guests.end(), found.begin(), found.end());
    }
    return guests;
}

ExitInspection ExitNetwork::inspection() const
{
    return {d->options.interfaceName, d->policy, d->around, d->listing, d->barrier, d->guard};
}

std::uint64_t ExitNetwork::revision() const
{
    return d->revision;
}

Result<std::string> ExitNetwork::foreignChange()
{
    return inspection().foreignChange();
}

Result<ExitSafety> ExitNetwork::attack()
{
    return inspection().attack();
}

Result<bool> ExitNetwork::askOtherFirewalls()
{
    const auto rules = runCommand("nft", {"-a", "-j", "list", "ruleset"});
    if (!rules)
        return unexpected(rules.error());
    // What stands there already may stand behind a rule that came before it.
    std::string text = passRulesRemoval(*rules);
    bool asked = false;
    for (const ForwardObstacle &obstacle : parseObstacles(*rules)) {
        const std::string passing = passRules(obstacle, d->options.interfaceName);
        asked = asked || !passing.empty();
        text += passing;
    }
    if (!asked)
        return false;
    if (const auto done = runNft(text); !done)
        return unexpected(done.error());
    log::info("tunnel", "Docker is asked to let guests pass, by rules in its chain DOCKER-USER");
    return true;
}

std::string ExitNetwork::firewallRemedy() const
{
    const auto rules = runCommand("nft", {"-j", "list", "ruleset"});
    if (!rules)
        return {};
    const std::string remedy =
        remedyFor(parseObstacles(*rules), d->options.interfaceName, d->around.egress);
    return remedy.empty() ? remedyFor(parseSuspects(*rules)) : remedy;
}

std::string ExitNetwork::answersRemedy() const
{
    const auto rules = runCommand("nft", {"-j", "list", "ruleset"});
    if (!rules)
        return {};
    std::string remedy =
        remedyFor(parseObstacles(*rules), d->options.interfaceName, d->around.egress);
    const std::string suspects = remedyFor(parseSuspects(*rules));
    if (!remedy.empty() && !suspects.empty())
        remedy += "; or else ";
    return remedy + suspects;
}

Result<void> ExitNetwork::restore()
{
    ++d->revision;
    d->barrier.forget();
    d->barrierWanted = false;
    d->barrierFault = NoBarrierYet;
    d->guard.forget();
    Result<void> total;
    if (d->state) {
        if (isNeededByOthers(*d->state))
            log::info("tunnel", "forwarding stays on: containers or virtual machines have come");
        else
            total = putBack(d->state->sysctls);
        // Else what a server sends late would be handed on to whoever has such an address then.
        if (const auto forgotten = forgetConnections(d->state->guests); !forgotten)
            log::error("tunnel", "the guests' connections were not forgotten",
                       {{"error", forgotten.error().detail}});
    }
    const auto removed =
        runNft(exitRulesetRemoval() + canaryRulesetRemoval() + fuseRulesetRemoval());
    std::ignore = runNft(exitArpRulesetRemoval());
    std::ignore = removeStrayGuards();
    if (const auto unled = removeAnswerRules(); total && !unled)
        total = unled;
    if (const auto rules = runCommand("nft", {"-a", "-j", "list", "ruleset"})) {
        if (const std::string passing = passRulesRemoval(*rules); !passing.empty())
            std::ignore = runNft(passing);
    }
    if (!total || !removed)
        return total ? removed : total;
    d->state.reset();
    d->around = {};
    // All is given back: a disk that takes nothing keeps no node from starting.
    if (const auto gone = d->file.remove(); !gone)
        log::warning("tunnel", "the state file stays, which does no harm",
                     {{"error", gone.error().detail}});
    return {};
}

const std::string &ExitNetwork::egress() const
{
    return d->around.egress;
}

bool ExitNetwork::hasIpv6() const
{
    return d->around.ipv6;
}

} // namespace higgs
