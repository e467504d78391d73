// SPDX-License-Identifier: GPL-3.0-or-later
// What stands of the client's rules and routes: made, read back, held against the kernel, put back.
#include "shared/base/log.h"
#include "shared/tunnel/client_network_p.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/dns_setting.h"
#include "shared/tunnel/nft_generation.h"
#include "shared/tunnel/resolv_conf_file.h"

#include <net/if.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

// How often the tables are made and read back while others change theirs at the same time.
constexpr int ReadingsBack = 4;

/// A file that has not changed for so long is whole.
constexpr Milliseconds WrittenAfter{1'000};

} // namespace

/// One family that cannot be had does not keep the other from standing.
Result<void> ClientNetwork::Private::route(const TunnelRoutes &routes)
{
    Result<void> total;
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        const auto done = route(routes, family, flag);
        if (total && !done)
            total = done;
    }
    barred = barred || total;
    return total;
}

Result<void> ClientNetwork::Private::route(const TunnelRoutes &routes, Family family,
                                           const char *flag)
{
    const RuleOwner owner = ownerOf(*state);
    auto &known = madeRules[family == Family::V6];
    auto present = everyRule(flag);
    if (!present)
        return unexpected(present.error());
    const RulePlaces places = placesAmong(*present, owner);
    std::erase_if(*present, [&owner](const PolicyRule &rule) { return !isOurs(rule, owner); });
    rulesWereDamaged = rulesWereDamaged || (known && barred && !areSame(*present, known->rules));
    auto wanted = policyRules(options, policy, routes, family, places);
    const std::string batch = clientRouteBatch(options, routes, family, wanted, *present);
    known = {std::move(wanted), places};
    const auto done = runIpBatch(flag, batch);
    if (done)
        routeLocals(family, options.table, around);
    return done;
}

ClientSurroundings ClientNetwork::Private::look()
{
    auto now = lookAround(options.interfaceName);
    now.relays = around.relays;
    for (const UplinkAddress &uplink : now.uplinks)
        ledOut.insert(::if_nametoindex(uplink.interfaceName.c_str()));
    std::erase_if(now.locals,
                  [this](const LocalNetwork &network) { return ledOut.contains(network.index); });
    return now;
}

Result<void> ClientNetwork::Private::lookAgain()
{
    auto now = look();
    if (now == around)
        return {};
    around = std::move(now);
    const auto done = replaceRules();
    for (const auto &[family, flag] : Families) {
        if (barred && hasFamily(family))
            routeLocals(family, options.table, around);
    }
    return done;
}

/// Whether the kernel has the tables that were made. Without a transaction of anybody's since then
/// it has: ours have no owner and no device whose end takes rules away without one.
bool ClientNetwork::Private::tablesStand()
{
    const auto now = nftGeneration();
    if (made && madeAt && now && *now == *madeAt)
        return true;
    if (tablesNow(translates) != made || !guard.stands())
        return false;
    // Asked before the look: a change during it has another number, and is looked at next time.
    madeAt = now ? std::optional(*now) : std::nullopt;
    return true;
}

/// An optional part: where the kernel has no such filters, rules and routes block.
void ClientNetwork::Private::guardUplinks()
{
    const auto hooksBefore = state->hooks;
    UplinkBarrier::Inside inside{options.interfaceName, {}, {}};
    for (const LocalNetwork &network : around.locals)
        inside.bridges.push_back(network.interfaceName);
    for (const BesideGuests &guests : around.beside) {
        if (!guests.bridged)
            inside.shared.push_back(guests.interfaceName);
    }
    ClientBarrierPolicy pass{options.mark, std::nullopt, policy.allowLan};
    if (policy.excludeGid && canTranslate)
        pass.excludeMark = options.excludeMark;
    if (up) {
        inside.end = tunnelBarrier(*up);
        for (const InterfaceAddress &each : up->addresses)
            pass.inside.push_back(each.address);
    }
    auto outcome = uplinkBarrier.raise(pass, inside, state->hooks, [this] { saveIfPossible(); });
    uplinksWereDamaged = uplinksWereDamaged || outcome.damaged;
    if (state->hooks != hooksBefore)
        saveIfPossible();
    if (outcome.missing != unguarded && !outcome.missing.empty())
        log::warning("tunnel",
                     "a network card has no filter: a socket that is bound to it is held by "
                     "nftables alone",
                     {{"card", outcome.missing.front()}, {"cards", outcome.missing.size()}});
    unguarded = std::move(outcome.missing);
}

Result<void> ClientNetwork::Private::replaceRules()
{
    // What is put back by the way is told all the same, at the next look.
    tablesWereDamaged = tablesWereDamaged || (blocked && made && !tablesStand());
    made.reset();
    const auto seen = std::exchange(madeAt, std::nullopt);
    if (const auto now = nftGeneration(); !seen || !now || *now != *seen)
        putGuardBack();
    for (int i = 0; i < ReadingsBack && !made; ++i) {
        const auto before = nftGeneration();
        if (const auto done = replaceTables(); !done)
            return done;
        made = tablesNow(translates);
        // Whoever changed them between making and reading has changed what is read.
        const auto after = nftGeneration();
        if (before && after && *after == nextNftGeneration(*before))
            madeAt = *after;
        else if (before && after)
            made.reset();
    }
    // A change of its own has made a new number, whosever tables that is about.
    if (leaks.keep(options, policy, policy.excludeGid && canTranslate, around) && madeAt) {
        const auto after = nftGeneration();
        const bool ours = after && *after == nextNftGeneration(*madeAt);
        madeAt = ours ? std::optional(*after) : std::nullopt;
    }
    return {};
}

/// The block is more than WireGuard's port: it does not wait for it.
void ClientNetwork::Private::putGuardBack()
{
    if (guard.stands())
        return;
    if (const auto put = guard.putBack(); !put)
        log::warning("tunnel", "the guard of WireGuard's port cannot be put back",
                     {{"error", put.error().detail}});
}

Result<void> ClientNetwork::Private::replaceTables()
{
    const TunnelRoutes routes = up.value_or(TunnelRoutes{});
    const bool wanted = up.has_value() || policy.excludeGid;
    if (wanted && canTranslate) {
        // One transaction, so that nobody is outside the tunnel with an address of the inside.
        const auto both = runNft(clientRuleset(options, policy, routes, around) +
                                 clientNatRuleset(options, policy, routes, around));
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
    return runNft(clientRuleset(options, plain, routes, around) + away);
}

/// The rules of nftables stand by now: what cannot be put back here opens nothing.
void ClientNetwork::Private::verifyRoutes(BlockDamage &damage)
{
    if (up && !damage.device)
        verifyAddresses(damage);
    if (!barred)
        return;
    const TunnelRoutes routes = up && !damage.device ? *up : TunnelRoutes{};
    if (routesStand(ownerOf(*state), madeRules, routes, options.interfaceName, around)) {
        damage.routes = std::exchange(rulesWereDamaged, false) || damage.routes;
        return;
    }
    damage.routes = true;
    const auto done = route(routes);
    rulesWereDamaged = false; // told already
    if (done)
        return;
    log::warning("tunnel", "routes cannot be put back", {{"error", done.error().detail}});
    damage.unfinished = true;
}

/// Where IPv6 is switched off, or on again, the tunnel carries less, or more.
void ClientNetwork::Private::verifyAddresses(BlockDamage &damage)
{
    TunnelRoutes now = possible();
    if (!addressesStand(now, options.interfaceName)) {
        damage.routes = true;
        if (const auto put = putAddresses(now, options.interfaceName); !put) {
            log::warning("tunnel", "an address cannot be put back",
                         {{"error", put.error().detail}});
            damage.unfinished = true;
            std::erase_if(now.addresses, [this](const InterfaceAddress &each) {
                TunnelRoutes one;
                one.addresses = {each};
                return !addressesStand(one, options.interfaceName);
            });
        }
    }
    if (now.addresses == up->addresses)
        return;
    damage.routes = true;
    up = now;
    if (const auto done = replaceRules(); !done)
        damage.unfinished = true; // what stands lets nothing more out than it did
}

/// Others write resolv.conf line by line: half of it is not what comes back one day, and the other
/// half is not to be written into ours. Questions are sent into the tunnel meanwhile.
bool ClientNetwork::Private::isBeingWritten()
{
    if (state->dns != DnsMethod::File)
        return false;
    const Monotonic now = monotonicNow();
    std::string text = resolvConfText();
    if (text != foreignDns || !foreignSince) {
        foreignDns = std::move(text);
        foreignSince = now;
    }
    if (now - *foreignSince < WrittenAfter)
        return true;
    foreignSince.reset();
    return false;
}

Result<BlockDamage> ClientNetwork::verify()
{
    BlockDamage damage;
    if (!d->blocked)
        return damage;
    const bool stands = d->tablesStand();
    damage.rules = std::exchange(d->tablesWereDamaged, false) || !stands;
    if (!stands) {
        d->made.reset();
        if (const auto done = d->replaceRules(); !done)
            return unexpected(done.error());
    }
    d->leaks.verify();
    // Containers come and go: no damage, but rules and ways have to follow. What guards comes
    // first.
    const auto seen = d->lookAgain();
    d->guardUplinks();
    if (!seen)
        return unexpected(seen.error());
    damage.barrier = std::exchange(d->uplinksWereDamaged, false);
    // What passed while there were no rules, and waits for a neighbour's address.
    if (damage.rules)
        forgetWaitingPackets();
    damage.device = d->up && ::if_nametoindex(d->options.interfaceName.c_str()) == 0;
    damage.settings = d->barred && d->putSettings();
    d->verifyRoutes(damage);
    damage.dns = d->up && !damage.device && !dnsStands(*d->state, d->up->dnsServers);
    if (damage.dns && d->isBeingWritten()) {
        damage.dns = false;
        damage.unfinished = true;
    }
    if (damage.dns) {
        // What somebody has put there meanwhile is what comes back one day.
        if (d->state->dns == DnsMethod::File && !isOurResolvConf(resolvConfText())) {
            d->state->dns = DnsMethod::None;
            d->state->resolvConf.reset();
        }
        if (const auto done = d->setDns(); !done)
            return unexpected(done.error());
    }
    return damage;
}

} // namespace higgs
