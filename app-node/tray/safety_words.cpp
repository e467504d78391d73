// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/safety_words.h"

#include <QCoreApplication>
#include <algorithm>

namespace higgs::node {

namespace {

struct SafetyWords
{
    Q_DECLARE_TR_FUNCTIONS(SafetyWords)
};

struct KindName
{
    const char *kind;
    const char *name;
};

/// In the order in which they are shown.
constexpr std::array Kinds = {
    KindName{"lan", QT_TRANSLATE_NOOP("SafetyWords", "Computers in your home")},
    KindName{"router", QT_TRANSLATE_NOOP("SafetyWords", "Your router")},
    KindName{"router_admin", QT_TRANSLATE_NOOP("SafetyWords", "Your router's settings page")},
    KindName{"discovery", QT_TRANSLATE_NOOP("SafetyWords", "TVs, speakers and printers")},
    KindName{"node", QT_TRANSLATE_NOOP("SafetyWords", "This computer")},
    KindName{"guest", QT_TRANSLATE_NOOP("SafetyWords", "Other guests")},
    KindName{"metadata", QT_TRANSLATE_NOOP("SafetyWords", "Cloud metadata addresses")},
    KindName{"spoofed", QT_TRANSLATE_NOOP("SafetyWords", "Forged sender addresses")},
    KindName{"mail", QT_TRANSLATE_NOOP("SafetyWords", "Sending mail directly (spam)")},
    KindName{"smb", QT_TRANSLATE_NOOP("SafetyWords", "Windows file sharing")},
    KindName{"protocol", QT_TRANSLATE_NOOP("SafetyWords", "Other kinds of traffic")},
    KindName{"special4", QT_TRANSLATE_NOOP("SafetyWords", "Special addresses, IPv4")},
    KindName{"special6", QT_TRANSLATE_NOOP("SafetyWords", "Special addresses, IPv6")},
    KindName{"mapped", QT_TRANSLATE_NOOP("SafetyWords", "IPv4 written as IPv6")},
    KindName{"nat64", QT_TRANSLATE_NOOP("SafetyWords", "IPv4 through NAT64")},
    KindName{"sixtofour", QT_TRANSLATE_NOOP("SafetyWords", "IPv4 through 6to4")},
    KindName{"control", QT_TRANSLATE_NOOP("SafetyWords", "The Internet (must be open)")},
};

std::size_t rankOf(const QString &kind)
{
    for (std::size_t i = 0; i < Kinds.size(); ++i) {
        if (kind == QLatin1String(Kinds[i].kind))
            return i;
    }
    return Kinds.size();
}

} // namespace

QString kindName(const QString &kind)
{
    const std::size_t rank = rankOf(kind);
    return rank < Kinds.size() ? SafetyWords::tr(Kinds[rank].name) : kind;
}

std::vector<SafetyGroup> groupsOf(const SafetyReport &report)
{
    std::vector<SafetyGroup> groups;
    for (const Attempt &attempt : report.attempts) {
        auto group = std::find_if(groups.begin(), groups.end(), [&](const SafetyGroup &each) {
            return each.kind == attempt.kind;
        });
        if (group == groups.end())
            group = groups.insert(groups.end(),
                                  SafetyGroup{attempt.kind, kindName(attempt.kind), 0, 0, {}});
        ++group->tried;
        group->held += attempt.ok ? 1 : 0;
        group->attempts.push_back(attempt);
    }
    std::stable_sort(groups.begin(), groups.end(), [](const SafetyGroup &a, const SafetyGroup &b) {
        return std::pair(a.ok(), rankOf(a.kind)) < std::pair(b.ok(), rankOf(b.kind));
    });
    return groups;
}

QString seenText(const Attempt &attempt)
{
    switch (attempt.seen) {
    case Seen::Refused:
        return SafetyWords::tr("refused");
    case Seen::Silent:
        return SafetyWords::tr("no answer");
    case Seen::Reached:
        return SafetyWords::tr("reached");
    case Seen::Unknown:
        break;
    }
    return SafetyWords::tr("unclear");
}

QString remedyText(const SafetyGroup &group)
{
    const auto fault = std::find_if(group.attempts.begin(), group.attempts.end(),
                                    [](const Attempt &each) { return !each.ok; });
    if (fault == group.attempts.end())
        return {};
    if (group.kind == QLatin1String("control"))
        return SafetyWords::tr(
            "First look whether this computer itself is online. If it is, another firewall here "
            "loses what guests send: “Diagnostics” names its table.");
    if (fault->seen == Seen::Unknown)
        return SafetyWords::tr(
            "This could not be tried to its end. Test again; if it stays, send the report of "
            "“Diagnostics” to whoever helps you.");
    const QString cause = SafetyWords::tr(
        "Something on this computer lets a guest's packets past HiggsNode: another firewall, or a "
        "rule of your own that accepts first. Take it away, or restart the service, and test "
        "again.");
    if (group.kind != QLatin1String("router") && group.kind != QLatin1String("router_admin"))
        return cause;
    return cause + QLatin1Char(' ') +
           SafetyWords::tr("Your router answers at %1: a good password on its page, and its remote "
                           "access switched off, protect it also from others.",
                           "an address")
               .arg(fault->target);
}

Breach breachOf(const Safety &safety)
{
    // Each fault begins with its kind: "lan 192.168.1.1:80", "rules missing ...".
    Breach gravest = Breach::None;
    for (const QString &fault : safety.failed) {
        const QString kind = fault.section(QLatin1Char(' '), 0, 0);
        const bool cutOff = kind == QLatin1String("control") || kind == QLatin1String("ways");
        if (kind == QLatin1String("unknown")) // it could not be tried
            continue;
        gravest = std::max(gravest, cutOff                           ? Breach::NoInternet
                                    : kind == QLatin1String("rules") ? Breach::Rules
                                                                     : Breach::Reached);
    }
    return gravest;
}

QString verdictText(const Safety &safety)
{
    switch (safety.state) {
    case SafetyState::Never:
        return SafetyWords::tr("Not tested yet");
    case SafetyState::Running:
        return SafetyWords::tr("Testing…");
    case SafetyState::Passed:
        return SafetyWords::tr("Your home is out of reach");
    case SafetyState::Failed:
        switch (breachOf(safety)) {
        case Breach::NoInternet:
            return SafetyWords::tr("Guests would have no Internet");
        case Breach::Rules:
            return SafetyWords::tr("The protection was changed");
        case Breach::None:
        case Breach::Reached:
            return SafetyWords::tr("Something could be reached");
        }
        break;
    }
    return {};
}

} // namespace higgs::node
