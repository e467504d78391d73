// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/path_reason.h"

#include <algorithm>
#include <array>

/// Marks a text for scripts/update-translations, as Qt's own does, which must not be included here.
#define QT_TRANSLATE_NOOP(context, text) text

namespace higgs::protocol {

namespace {

constexpr std::array Reasons = {
    PathReasonWords{PathReason::Direct, "direct",
                    QT_TRANSLATE_NOOP("PathReason", "Straight to the exit, the shortest way."),
                    "straight to the exit, the shortest way"},
    PathReasonWords{PathReason::SameLan, "same_lan",
                    QT_TRANSLATE_NOOP("PathReason", "Straight to the exit, inside the local "
                                                    "network that both are in."),
                    "straight to the exit, inside the local network that both are in"},
    PathReasonWords{PathReason::PortMapped, "port_mapped",
                    QT_TRANSLATE_NOOP("PathReason", "Straight to the exit, through a port that the "
                                                    "router at one end opened."),
                    "straight to the exit, through a port that the router at one end opened"},
    PathReasonWords{PathReason::Probing, "probing",
                    QT_TRANSLATE_NOOP("PathReason", "Through the server's relay, while a shorter "
                                                    "way is looked for."),
                    "through the server's relay, while a shorter way is looked for"},
    PathReasonWords{PathReason::BothSymmetric, "both_symmetric",
                    QT_TRANSLATE_NOOP("PathReason",
                                      "Through the server's relay, because both routers give every "
                                      "connection another port, so no direct way can be opened."),
                    "through the server's relay: both routers give every connection another port, "
                    "so no direct way can be opened"},
    PathReasonWords{PathReason::SymmetricBehindStrict, "symmetric_behind_strict",
                    QT_TRANSLATE_NOOP("PathReason",
                                      "Through the server's relay, because one router gives every "
                                      "connection another port and the other lets in only answers, "
                                      "so no direct way can be opened."),
                    "through the server's relay: one router gives every connection another port "
                    "and the other lets in only answers, so no direct way can be opened"},
    PathReasonWords{PathReason::UdpBlocked, "udp_blocked",
                    QT_TRANSLATE_NOOP("PathReason", "Through the server's relay, because no UDP "
                                                    "gets through, or only small packets of it."),
                    "through the server's relay: no UDP gets through, or only small packets of it"},
    PathReasonWords{PathReason::TurnRelay, "turn_relay",
                    QT_TRANSLATE_NOOP("PathReason",
                                      "Through a TURN server, because no direct way could be "
                                      "opened. It carries sealed packets and cannot read them."),
                    "through a TURN server: no direct way could be opened"},
    PathReasonWords{
        PathReason::Pinned, "pinned",
        QT_TRANSLATE_NOOP("PathReason", "As you chose: no other kind of path is tried."),
        "as you chose: no other kind of path is tried"},
    PathReasonWords{PathReason::PeerCannot, "peer_cannot",
                    QT_TRANSLATE_NOOP("PathReason", "Through the server's relay, because the exit "
                                                    "knows no other way."),
                    "through the server's relay: the exit knows no other way"},
    PathReasonWords{PathReason::RelayOnly, "relay_only",
                    QT_TRANSLATE_NOOP("PathReason",
                                      "Through the server's relay, the path that always works. It "
                                      "carries sealed packets and cannot read them."),
                    "through the server's relay, the path that always works"},
    PathReasonWords{PathReason::Cascade, "cascade",
                    QT_TRANSLATE_NOOP("PathReason",
                                      "Through an entry node to the exit: the entry sees no "
                                      "content, the exit does not see your address."),
                    "through an entry node to the exit: the entry sees no content, the exit does "
                    "not see your address"},
};

constexpr bool isInOrder()
{
    for (std::size_t i = 0; i < Reasons.size(); ++i) {
        if (static_cast<std::size_t>(Reasons[i].reason) != i)
            return false;
    }
    return Reasons.back().reason == PathReason::Cascade;
}
static_assert(isInOrder(), "a row of each reason, in the enumeration's order");

} // namespace

std::string_view toString(PathType type)
{
    switch (type) {
    case PathType::Relay:
        return "relay";
    case PathType::Direct:
        return "direct";
    case PathType::Turn:
        return "turn";
    case PathType::Cascade:
        return "cascade";
    }
    return {};
}

std::span<const PathReasonWords> pathReasons()
{
    return Reasons;
}

const PathReasonWords &wordsOf(PathReason reason)
{
    return Reasons[static_cast<std::size_t>(reason)];
}

std::string_view toString(PathReason reason)
{
    return wordsOf(reason).name;
}

std::optional<PathReason> parsePathReason(std::string_view name)
{
    const auto found =
        std::find_if(Reasons.begin(), Reasons.end(),
                     [name](const PathReasonWords &each) { return each.name == name; });
    if (found == Reasons.end())
        return std::nullopt;
    return found->reason;
}

} // namespace higgs::protocol
