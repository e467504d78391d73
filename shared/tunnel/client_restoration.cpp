// SPDX-License-Identifier: GPL-3.0-or-later
// The way back: of this instance, and of whatever one has left behind.
#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/tunnel/client_network_p.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/dns_setting.h"
#include "shared/tunnel/port_guard.h"
#include "shared/tunnel/resolv_conf.h"
#include "shared/tunnel/resolv_conf_file.h"
#include "shared/tunnel/standing_block.h"

namespace higgs {

namespace {

constexpr const char *GuardStays =
    "a rule that keeps WireGuard's port to this machine is still there";

void tell(std::string &left, const char *what, const Result<void> &step)
{
    if (!step)
        left += (left.empty() ? "" : "; ") + std::string(what) + " (" + step.error().detail + ")";
}

/// Everything but the rules, in the order in which it hurts least to be interrupted.
void undo(ClientState &state, std::string &left)
{
    tell(left, "the tunnel's resolver is still set", restoreDns(state));
    // The state that knew its original is lost.
    const std::string names = resolvConfText();
    if (state.dns == DnsMethod::None && !names.empty() && isOurResolvConf(names))
        tell(left, "/etc/resolv.conf still names the tunnel's resolver",
             unexpected(ErrorCode::NotFound, "what stood there before is not known: write a "
                                             "nameserver of your network into it"));
    tell(left, "filters at network cards are still there", UplinkBarrier::remove(state.hooks));
    if (state.routed) {
        const auto removed = removeRoutes(ownerOf(state));
        tell(left, "the tunnel's routing rules are still there", removed);
        state.routed = !removed.has_value();
    }
    writeSysctlsWarning(state.sysctls);
    state.sysctls.clear();
}

/// The rules go last, and only where the other barriers have gone: a line is either open or not.
Result<void> open(std::uint32_t table, const std::string &tunnel, std::string &left)
{
    const auto stays = [&left] {
        return unexpected(ErrorCode::System, "nothing leaves this machine: " + left);
    };
    if (routesBlock(table, tunnel) || UplinkBarrier::standsSomewhere())
        return stays();
    const auto opened = runNft(clientRulesetRemoval());
    // The kernel is asked, whatever nft says of itself.
    if (!blockStands(table, tunnel).value_or(!opened))
        return {};
    tell(left, "the block's rules are still there",
         opened ? Result<void>(unexpected(ErrorCode::System, "nft has done nothing")) : opened);
    return stays();
}

std::string staying(const Result<void> &removed)
{
    if (removed)
        return {};
    log::warning("tunnel", "the state file stays, which does no harm",
                 {{"error", removed.error().detail}});
    return removed.error().detail;
}

} // namespace

Result<Restoration> ClientNetwork::restore()
{
    d->up.reset();
    d->wished.reset();
    d->guard.forget();
    Restoration done;
    if (d->state)
        undo(*d->state, done.left);
    d->leaks.look();
    const std::uint32_t table = d->state ? d->state->table : d->options.table;
    const auto opened = open(table, d->options.interfaceName, done.left);
    d->barred = d->barred && d->state && d->state->routed;
    if (!opened) {
        d->saveIfPossible(); // what could not be undone must be known to the next attempt
        return unexpected(opened.error());
    }
    d->leaks.close();
    tell(done.left, GuardStays, removeStrayGuards());
    d->around = {};
    d->uplinkBarrier = {};
    d->unguarded.clear();
    d->blocked = d->barred = false;
    d->made.reset();
    d->madeAt.reset();
    d->translates = false;
    d->opened = d->state.has_value();
    if (!done.left.empty() && d->state) {
        d->saveIfPossible();
        return done;
    }
    d->state.reset();
    d->opened = false;
    done.file = staying(d->file.remove());
    return done;
}

Result<Restoration> ClientNetwork::restoreOffline(const std::string &stateDir,
                                                  const std::string &interfaceName)
{
    const StateFile file(stateFilePath(stateDir));
    const ClientNetworkOptions defaults;
    // What cannot be read is undone as far as it can be guessed.
    ClientState known;
    known.interfaceName = interfaceName;
    known.table = defaults.table;
    known.excludeMark = ClientState::FirstExcludeMark;
    known.routed = true;
    const auto text = file.load();
    const bool isWritten = text && *text;
    auto state = isWritten ? decodeClientState(**text)
                           : Result<ClientState>(unexpected(ErrorCode::NotFound, ""));
    const bool damaged = !text || (isWritten && !state);
    if (state)
        known = std::move(*state);
    else
        known.hooks = UplinkBarrier::likelyHooks();
    Restoration done;
    undo(known, done.left);
    for (const std::string &device : {known.interfaceName, interfaceName}) {
        if (!device.empty())
            tell(done.left, "the tunnel's interface is still there", removeStaleDevice(device));
    }
    if (const auto opened = open(known.table, known.interfaceName, done.left); !opened)
        return unexpected(opened.error());
    tell(done.left, GuardStays, removeStrayGuards());
    if (!done.left.empty())
        return done;
    if (!damaged) {
        done.file = staying(file.remove());
    } else if (const auto kept = putAside(file.path()); !kept) {
        done.left = "what was changed can only be guessed (" + kept.error().detail + ")";
    }
    return done;
}

} // namespace higgs
