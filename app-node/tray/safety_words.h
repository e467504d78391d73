// SPDX-License-Identifier: GPL-3.0-or-later
// What the self-test tries, in words, and its result grouped as people read it. Pure.
#pragma once

#include "app-node/tray/node_view.h"

namespace higgs::node {

/// Attempts of one kind.
struct SafetyGroup
{
    QString kind;
    QString name; ///< "Your router's settings page"
    int tried = 0;
    int held = 0; ///< with the outcome that they must have
    std::vector<Attempt> attempts;

    [[nodiscard]] bool ok() const { return held == tried; }
};

/// In the order in which people care, groups with a fault first.
std::vector<SafetyGroup> groupsOf(const SafetyReport &report);
QString kindName(const QString &kind);
/// "refused", "no answer", "reached".
QString seenText(const Attempt &attempt);
/// What its owner can do about a group with a fault; empty for one without.
QString remedyText(const SafetyGroup &group);
/// What the self-test failed by: the gravest of its faults.
enum class Breach : std::uint8_t {
    None,
    NoInternet, ///< nothing of the home answered, and neither did the Internet
    Rules,      ///< nothing answered, but the rules in force are not the daemon's own
    Reached     ///< something answered that must not
};
Breach breachOf(const Safety &safety);
/// The verdict in a sentence.
QString verdictText(const Safety &safety);

} // namespace higgs::node
