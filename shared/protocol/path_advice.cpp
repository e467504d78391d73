// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/path_advice.h"

#include <algorithm>
#include <array>

/// Marks a text for scripts/update-translations, as Qt's own does, which must not be included here.
#define QT_TRANSLATE_NOOP(context, text) text

namespace higgs::protocol {

namespace {

constexpr std::array Causes = {
    AdviceWords{"own_firewall", QT_TRANSLATE_NOOP("PathAdvice", "A firewall on this computer lets "
                                                                "no UDP out.")},
    AdviceWords{"own_udp_blocked",
                QT_TRANSLATE_NOOP("PathAdvice", "The network here lets no UDP through.")},
    AdviceWords{"exit_udp_blocked",
                QT_TRANSLATE_NOOP("PathAdvice", "The exit's network lets no UDP through.")},
    AdviceWords{"narrow",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Somewhere between here and the exit only small UDP packets get "
                                  "through, and those of a tunnel are larger.")},
    AdviceWords{"both_new_ports",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Both routers, the one here and the one of the exit's home, "
                                  "choose a new port for every destination, and the home's has "
                                  "none open for guests.")},
    AdviceWords{"own_new_ports_exit_strict",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "The router here chooses a new port for every destination, and "
                                  "the one of the exit's home lets in only answers.")},
    AdviceWords{"exit_new_ports_own_strict",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "The router of the exit's home chooses a new port for every "
                                  "destination, and the one here lets in only answers.")},
    AdviceWords{"own_new_ports",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "The router here chooses a new port for every destination, and "
                                  "no direct way was found.")},
    AdviceWords{"exit_new_ports",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "The router of the exit's home chooses a new port for every "
                                  "destination, and no direct way was found.")},
    AdviceWords{"not_told",
                QT_TRANSLATE_NOOP("PathAdvice", "The exit has named no address at which it could "
                                                "be reached directly.")},
    AdviceWords{"not_found",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Both routers should let a direct way through, and none was "
                                  "found: something in between may stop it.")},
    AdviceWords{"routers_unknown",
                QT_TRANSLATE_NOOP("PathAdvice", "No direct way was found, and what kind of routers "
                                                "are in between is not known.")},
    AdviceWords{"pinned", QT_TRANSLATE_NOOP("PathAdvice", "You chose this kind of path, so no "
                                                          "other one is tried.")},
};

constexpr std::array Steps = {
    AdviceWords{
        "allow_udp_here",
        QT_TRANSLATE_NOOP("PathAdvice", "Let UDP out through the firewall of this computer.")},
    AdviceWords{"allow_udp",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Let UDP through the firewall of this network or computer, or "
                                  "use another network.")},
    AdviceWords{"another_network",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Another network, or another exit, may allow a direct way.")},
    AdviceWords{"another_exit",
                QT_TRANSLATE_NOOP("PathAdvice", "Another exit may allow a direct way.")},
    AdviceWords{"any_path", QT_TRANSLATE_NOOP("PathAdvice",
                                              "Allow any path, in the settings or where you asked "
                                              "for this one, and the shortest is taken.")},
    AdviceWords{"exit_allows_udp",
                QT_TRANSLATE_NOOP("PathAdvice", "The exit's owner can let UDP through the firewall "
                                                "there.")},
    AdviceWords{"exit_opens_port",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "The exit's owner can turn on UPnP, NAT-PMP or PCP at the home's "
                                  "router, or forward a UDP port there.")},
    AdviceWords{"exit_allows_mapping",
                QT_TRANSLATE_NOOP("PathAdvice", "The exit's owner can allow HiggsNode to open a "
                                                "port at the home's router.")},
    AdviceWords{"offer_turn",
                QT_TRANSLATE_NOOP("PathAdvice", "The server's operator can offer a TURN server, "
                                                "which is a faster way than the relay.")},
    AdviceWords{"mend_turn",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "The server's operator can mend the TURN server, which refuses "
                                  "or does not answer. It is a faster way than the relay.")},
};

constexpr std::array Reaches = {
    AdviceWords{"everybody",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Guests behind any router that lets UDP out reach this home "
                                  "directly.")},
    AdviceWords{"but_new_ports",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Most guests reach this home directly. Those whose router "
                                  "chooses a new port for every destination cannot, as yours lets "
                                  "in only answers.")},
    AdviceWords{"only_open",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Your router chooses a new port for every destination, so only "
                                  "guests behind an open one reach this home directly.")},
    AdviceWords{"nobody_out",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "A firewall on this computer lets no UDP out, so this home can "
                                  "be no exit: the names that guests ask for would get no "
                                  "answer.")},
    AdviceWords{"nobody",
                QT_TRANSLATE_NOOP("PathAdvice", "Your network lets no UDP through, so this home "
                                                "can be no exit: the names that guests ask for "
                                                "would get no answer.")},
    AdviceWords{"unknown", QT_TRANSLATE_NOOP("PathAdvice", "What kind of router this home has is "
                                                           "not known yet.")},
};

constexpr std::array HomeSteps = {
    AdviceWords{"open_port",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Turn on UPnP, NAT-PMP or PCP at your router, or forward UDP "
                                  "port %1 to this computer.")},
    AdviceWords{"fix_port",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Turn on UPnP, NAT-PMP or PCP at your router. Or give HiggsNode "
                                  "a UDP port of its own, and forward that to this computer.")},
    AdviceWords{"free_port",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Another program on this computer has UDP port %1, so HiggsNode "
                                  "uses another one, which changes. End that program, or give "
                                  "HiggsNode another port.")},
    AdviceWords{"allow_mapping",
                QT_TRANSLATE_NOOP("PathAdvice", "Allow HiggsNode to open a port at your router.")},
    AdviceWords{"ask_provider",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Your router is behind your provider's: ask the provider for a "
                                  "public address, or for IPv6.")},
    AdviceWords{"allow_own_udp_here",
                QT_TRANSLATE_NOOP("PathAdvice",
                                  "Let UDP of HiggsNode out through the firewall of this "
                                  "computer.")},
    AdviceWords{"allow_own_udp",
                QT_TRANSLATE_NOOP("PathAdvice", "Let UDP out through the firewall of your "
                                                "network.")},
};

static_assert(Causes.size() == static_cast<std::size_t>(PathCause::Pinned) + 1);
static_assert(Steps.size() == static_cast<std::size_t>(PathStep::MendTurn) + 1);
static_assert(Reaches.size() == static_cast<std::size_t>(HomeReach::Unknown) + 1);
static_assert(HomeSteps.size() == static_cast<std::size_t>(HomeStep::AllowUdp) + 1);

constexpr std::array Mappings = {
    std::pair{std::string_view("mapped"), HomeMapping::Mapped},
    std::pair{std::string_view("forbidden"), HomeMapping::Forbidden},
    std::pair{std::string_view("refused"), HomeMapping::Refused},
    std::pair{std::string_view("unavailable"), HomeMapping::Unavailable},
    std::pair{std::string_view("behind-another-nat"), HomeMapping::BehindAnotherNat},
    std::pair{std::string_view("mismatch"), HomeMapping::BehindAnotherNat},
};

/// Lets in nothing from where nothing was sent to.
bool isStrict(NatType type)
{
    return type == NatType::PortRestricted || type == NatType::Firewalled;
}

/// Lets in from everywhere, as an open port does.
bool isOpen(NatType type)
{
    return type == NatType::Open || type == NatType::FullCone;
}

/// Where neither end chose another way, and no way was found.
PathCause causeOf(const PathSituation &at)
{
    const bool own = at.own == NatType::Symmetric;
    const bool exit = at.exit == NatType::Symmetric;
    if (at.own == NatType::Blocked && at.ownFirewall)
        return PathCause::OwnFirewall;
    // Who has had STUN's answers has UDP: what does not get through is large.
    if (at.reason == PathReason::UdpBlocked && at.own != NatType::Blocked &&
        at.own != NatType::Unknown)
        return PathCause::Narrow;
    if (at.reason == PathReason::UdpBlocked || at.own == NatType::Blocked)
        return PathCause::OwnUdpBlocked;
    if (at.exit == NatType::Blocked)
        return PathCause::ExitUdpBlocked;
    if (at.reason == PathReason::PeerCannot)
        return PathCause::NotTold;
    if (own && exit)
        return PathCause::BothNewPorts;
    if (own)
        return isStrict(at.exit) ? PathCause::OwnNewPortsExitStrict : PathCause::OwnNewPorts;
    if (exit)
        return isStrict(at.own) ? PathCause::ExitNewPortsOwnStrict : PathCause::ExitNewPorts;
    const bool known = at.own != NatType::Unknown && at.exit != NatType::Unknown;
    return known ? PathCause::NotFound : PathCause::RoutersUnknown;
}

std::optional<PathStep> ownersStep(HomeMapping mapping)
{
    switch (mapping) {
    case HomeMapping::Mapped:           // it is open, and that was not enough
    case HomeMapping::BehindAnotherNat: // nobody there can open one
        return std::nullopt;
    case HomeMapping::Forbidden:
        return PathStep::ExitAllowsMapping;
    case HomeMapping::Unknown:
    case HomeMapping::Refused:
    case HomeMapping::Unavailable:
        break;
    }
    return PathStep::ExitOpensPort;
}

std::vector<PathStep> stepsFor(PathCause cause, const PathSituation &at)
{
    std::vector<PathStep> steps;
    bool portHelps = false;
    bool turnHelps = true;
    switch (cause) {
    case PathCause::OwnFirewall:
        turnHelps = false;
        steps = {PathStep::AllowUdpHere};
        break;
    case PathCause::OwnUdpBlocked:
        turnHelps = false; // it would be reached over TCP, as the relay is
        steps = {PathStep::AllowUdp};
        break;
    case PathCause::ExitUdpBlocked:
        turnHelps = false; // whose packets come to the exit by UDP
        steps = {PathStep::AnotherExit, PathStep::ExitAllowsUdp};
        break;
    case PathCause::BothNewPorts:
    case PathCause::OwnNewPortsExitStrict:
    case PathCause::ExitNewPortsOwnStrict:
    case PathCause::OwnNewPorts:
    case PathCause::ExitNewPorts:
        portHelps =
            !isOpen(at.exit); // which is also how an exit with a port of its router is listed
        steps = {PathStep::AnotherNetwork};
        break;
    case PathCause::Narrow:
    case PathCause::NotFound:
        steps = {PathStep::AnotherNetwork};
        break;
    case PathCause::NotTold:
        turnHelps = false; // an exit that tells nothing hears nothing of one
        steps = {PathStep::AnotherExit};
        break;
    case PathCause::RoutersUnknown:
        break;
    case PathCause::Pinned:
        return {PathStep::AnyPath};
    }
    if (const auto step = ownersStep(at.exitMapping); step && portHelps)
        steps.push_back(*step);
    if (turnHelps && !at.turnOffered && at.path != PathType::Turn)
        steps.push_back(PathStep::OfferTurn);
    else if (turnHelps && at.turnFails && at.path != PathType::Turn)
        steps.push_back(PathStep::MendTurn);
    return steps;
}

} // namespace

HomeMapping parseHomeMapping(std::string_view name)
{
    const auto found = std::find_if(Mappings.begin(), Mappings.end(),
                                    [name](const auto &each) { return each.first == name; });
    return found == Mappings.end() ? HomeMapping::Unknown : found->second;
}

std::optional<PathAdvice> advise(const PathSituation &situation)
{
    const bool shortened =
        situation.path == PathType::Direct || situation.path == PathType::Cascade;
    if (shortened || situation.reason == PathReason::Probing)
        return std::nullopt;
    const PathCause cause =
        situation.reason == PathReason::Pinned ? PathCause::Pinned : causeOf(situation);
    return PathAdvice{cause, stepsFor(cause, situation)};
}

HomeAdvice adviseHome(const HomeSituation &home)
{
    const NatType own = home.own;
    const HomeMapping mapping = home.mapping;
    if (own == NatType::Blocked && home.ownFirewall)
        return {HomeReach::NobodyOut, HomeStep::AllowUdpHere};
    if (own == NatType::Blocked)
        return {HomeReach::Nobody, HomeStep::AllowUdp};
    if (own == NatType::Unknown)
        return {HomeReach::Unknown, std::nullopt};
    const bool open =
        own == NatType::Open || own == NatType::FullCone || own == NatType::RestrictedCone;
    if (open || mapping == HomeMapping::Mapped)
        return {HomeReach::Everybody, std::nullopt};
    const HomeReach reach =
        own == NatType::Symmetric ? HomeReach::OnlyOpen : HomeReach::ButNewPorts;
    if (mapping == HomeMapping::Forbidden)
        return {reach, HomeStep::AllowMapping};
    if (mapping == HomeMapping::BehindAnotherNat)
        return {reach, HomeStep::AskProvider};
    if (home.port == 0)
        return {reach, HomeStep::FixPort};
    return {reach, home.portTaken ? HomeStep::FreePort : HomeStep::OpenPort};
}

const AdviceWords &wordsOf(PathCause cause)
{
    return Causes[static_cast<std::size_t>(cause)];
}

const AdviceWords &wordsOf(PathStep step)
{
    return Steps[static_cast<std::size_t>(step)];
}

const AdviceWords &wordsOf(HomeReach reach)
{
    return Reaches[static_cast<std::size_t>(reach)];
}

const AdviceWords &wordsOf(HomeStep step)
{
    return HomeSteps[static_cast<std::size_t>(step)];
}

const AdviceWords *adviceWords(std::string_view name)
{
    for (const std::span<const AdviceWords> table :
         {std::span<const AdviceWords>(Causes), std::span<const AdviceWords>(Steps),
          std::span<const AdviceWords>(Reaches), std::span<const AdviceWords>(HomeSteps)}) {
        for (const AdviceWords &each : table) {
            if (each.name == name)
                return &each;
        }
    }
    return nullptr;
}

const char *leadOf(PathType path)
{
    switch (path) {
    case PathType::Relay:
        return QT_TRANSLATE_NOOP("PathAdvice", "Through the server's relay.");
    case PathType::Turn:
        return QT_TRANSLATE_NOOP("PathAdvice", "Through a TURN server.");
    case PathType::Direct:
    case PathType::Cascade:
        break;
    }
    return nullptr;
}

} // namespace higgs::protocol
