// SPDX-License-Identifier: GPL-3.0-or-later
// What stands of the client's rules and routes: made, read back, held against the kernel, put back.
#include "shared/base/log.h"
#include "shared/tunnel/client_network_p.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/dns_setting.h"
#include "shared/tunnel/nft_generation.h"
#include "shared/tunnel/resolv_conf_file.h"

#include <algorithm>
#include <net/if.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

// How often the tables are made and read back while others change theirs at the same time.
constexpr int ReadingsBack = 4;

} // namespace

Result<void> ClientNetwork::Private::route(const TunnelRoutes &routes)
{
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        const auto done = route(routes, family, flag);
        if (!done)
            return done;
    }
    barred = true;
    return {};
}

Result<void> ClientNetwork::Private::route(const TunnelRoutes &routes, Family family,
                                           const char *flag)
{
    const RuleOwner owner = ownerOf(*state);
    auto &known = madeRules[family == Family::V6];
    auto before = everyRule(flag);
    if (!before)
        return unexpected(before.error());
    const RulePlaces places = placesBefore(firstOfOthers(*before, owner));
    std::erase_if(*before, [&owner](const PolicyRule &rule) { return !isOurs(rule, owner); });
    rulesWereDamaged = rulesWereDamaged || (known && barred && *before != known->rules);

    const std::string batch = clientRouteBatch(options, policy, routes, family, places);
    const std::string removal = ruleRemovalBatch(*before, owner);
    // Where they move there is no moment without them; else the rules of nftables stand meanwhile.
    const bool moves = known && known->places != places &&
                       std::none_of(before->begin(), before->end(), [&](const PolicyRule &rule) {
                           return rule.priority >= places.exclude && rule.priority <= places.tunnel;
                       });
    auto done = runIpBatch(flag, moves ? batch : removal);
    if (done)
        done = runIpBatch(flag, moves ? removal : batch);
    if (!done)
        return done;
    routeLocals(family, options.table, around);
    known.reset();
    auto own = ownRules(flag, owner);
    // Fewer than were made: somebody has already removed one, and it is missed at the next look.
    if (own && own->size() == rulesIn(batch))
        known = {std::move(*own), places};
    return {};
}

Result<void> ClientNetwork::Private::lookAgain()
{
    auto now = lookAround(options.interfaceName);
    now.relays = around.relays;
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
    if (tablesNow(translates) != made)
        return false;
    // Asked before the look: a change during it has another number, and is looked at next time.
    madeAt = now ? std::optional(*now) : std::nullopt;
    return true;
}

Result<void> ClientNetwork::Private::replaceRules()
{
    // What is put back by the way is told all the same, at the next look.
    tablesWereDamaged = tablesWereDamaged || (blocked && made && !tablesStand());
    made.reset();
    madeAt.reset();
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
    return {};
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
    // Containers come and go: no damage, but rules and ways have to follow. What guards comes
    // first.
    if (const auto seen = d->lookAgain(); !seen)
        return unexpected(seen.error());
    damage.device = d->up && ::if_nametoindex(d->options.interfaceName.c_str()) == 0;
    const TunnelRoutes routes = d->up && !damage.device ? *d->up : TunnelRoutes{};
    const bool routed =
        !d->barred || routesStand({d->options.excludeMark, d->options.table}, d->madeRules, routes,
                                  d->options.interfaceName, d->around);
    damage.routes = std::exchange(d->rulesWereDamaged, false) || !routed;
    if (!routed) {
        if (const auto done = d->route(routes); !done)
            return unexpected(done.error());
        d->rulesWereDamaged = false; // told already
    }
    damage.dns = d->up && !damage.device && !dnsStands(*d->state, d->up->dnsServers);
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
