// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/service_words.h"

#include <QCoreApplication>

namespace higgs::node {

namespace {

struct ServiceWords
{
    Q_DECLARE_TR_FUNCTIONS(ServiceWords)
};

struct CheckWords
{
    const char *name;
    const char *good;
    const char *bad;
};

constexpr std::array Checks = {
    CheckWords{"daemon", QT_TRANSLATE_NOOP("ServiceWords", "The service runs"),
               QT_TRANSLATE_NOOP("ServiceWords", "The service does not run as it should")},
    CheckWords{"privileges", QT_TRANSLATE_NOOP("ServiceWords", "The service may build a tunnel"),
               QT_TRANSLATE_NOOP("ServiceWords", "The service lacks the right to build a tunnel")},
    CheckWords{"sharing", QT_TRANSLATE_NOOP("ServiceWords", "Sharing is as you want it"),
               QT_TRANSLATE_NOOP("ServiceWords", "Sharing is not as you want it")},
    CheckWords{"signal link", QT_TRANSLATE_NOOP("ServiceWords", "The server can send guests"),
               QT_TRANSLATE_NOOP("ServiceWords", "The server cannot send guests at once")},
    CheckWords{"NAT", QT_TRANSLATE_NOOP("ServiceWords", "Your router lets replies through"),
               QT_TRANSLATE_NOOP("ServiceWords", "Your router or provider blocks UDP")},
    CheckWords{"paths", QT_TRANSLATE_NOOP("ServiceWords", "How guests come here"),
               QT_TRANSLATE_NOOP("ServiceWords", "How guests come here")},
    CheckWords{"port mapping", QT_TRANSLATE_NOOP("ServiceWords", "The port at the router"),
               QT_TRANSLATE_NOOP("ServiceWords", "The port at the router")},
    CheckWords{"second barrier",
               QT_TRANSLATE_NOOP("ServiceWords", "The barriers around your home are whole"),
               QT_TRANSLATE_NOOP("ServiceWords", "One barrier guards your home, not two")},
};

const char *stateName(State state)
{
    constexpr std::array Names = {"off", "starting", "sharing", "limited", "problem"};
    return Names[static_cast<std::size_t>(state)];
}

const char *safetyName(SafetyState state)
{
    constexpr std::array Names = {"never", "running", "passed", "failed"};
    return Names[static_cast<std::size_t>(state)];
}

QString yesNo(bool yes)
{
    return yes ? QStringLiteral("yes") : QStringLiteral("no");
}

/// What works without the daemon: its own offline way, by the terminal program beside this window.
widgets::Repair restoreNetwork(NodeLink &link)
{
    return {ServiceWords::tr("Restore my network"),
            {QCoreApplication::applicationDirPath() + QStringLiteral("/higgs-nodectl"),
             QStringLiteral("restore-network"), QStringLiteral("--control"),
             QString::fromStdString(link.line().socketPath())},
            ServiceWords::tr("That takes away what sharing changed on this computer, and switches "
                             "sharing off."),
            ServiceWords::tr("Your network is as it was before, and sharing is off.")};
}

} // namespace

QString checkText(const Check &check)
{
    for (const CheckWords &each : Checks) {
        if (check.name == QLatin1String(each.name))
            return ServiceWords::tr(check.ok ? each.good : each.bad);
    }
    return check.name;
}

widgets::FaultWords faultWords(NodeLink &link)
{
    const QString restart = QStringLiteral("sudo systemctl restart higgs-noded");
    widgets::FaultWords words;
    switch (link.linkState()) {
    case LinkState::Up:
    case LinkState::Connecting:
        words.title = ServiceWords::tr("Looking for the service");
        words.happened =
            ServiceWords::tr("The window asks the HiggsNode service how things stand.");
        break;
    case LinkState::Absent:
        words.title = link.everUp() ? ServiceWords::tr("The service stopped answering")
                                    : ServiceWords::tr("The service is not running");
        words.happened = ServiceWords::tr("HiggsNode's service shares the connection and keeps "
                                          "guests from your home. Without it this window can show "
                                          "nothing and change nothing.");
        words.meaning = ServiceWords::tr("A service that has ended shares nothing: guests leave "
                                         "through it or not at all.");
        words.start = widgets::startService(QStringLiteral("higgs-noded"));
        words.restore = restoreNetwork(link);
        words.command = restart;
        words.after = ServiceWords::tr("This starts it again; the window comes back by itself.");
        break;
    case LinkState::Forbidden:
        words.title = ServiceWords::tr("You may not control HiggsNode");
        words.happened = ServiceWords::tr("On this computer only members of the group “higgs” "
                                          "may, and you are not one of them yet.");
        words.command = QStringLiteral("sudo usermod -aG higgs \"$USER\"");
        words.after = ServiceWords::tr("This makes you a member. It takes effect when you log in "
                                       "the next time.");
        break;
    case LinkState::TooOld:
        words =
            widgets::otherVersionWords(link.line().daemonVersion(), QStringLiteral("higgs-noded"));
        words.title = ServiceWords::tr("HiggsNode needs a restart");
        break;
    }
    if (words.meaning.isEmpty())
        words.meaning = ServiceWords::tr("This window cannot see what is shared. What the service "
                                         "was told before goes on.");
    return words;
}

widgets::ReportSection stateSection(NodeLink &link)
{
    widgets::ReportSection section{QStringLiteral("State"), {}};
    const auto add = [&section](const char *name, const QString &value) {
        if (!value.isEmpty())
            section.rows.emplace_back(QString::fromLatin1(name), value);
    };
    const NodeView &view = link.view();
    if (link.linkState() != LinkState::Up) {
        add("service", QStringLiteral("does not answer: ") + link.line().detail());
        return section;
    }
    add("service", link.line().daemonVersion());
    add("state", QString::fromLatin1(stateName(view.state)));
    add("sharing", yesNo(view.sharing));
    add("consent", yesNo(view.consent));
    add("problem", view.problemCode);
    add("detail", view.problemDetail);
    add("place", QString(view.country + QLatin1Char(' ') + view.region).trimmed());
    add("nat", view.natType);
    add("mapped address", view.mappedAddress);
    add("ways for guests", view.ways.reach);
    add("ways improved by", view.ways.steps.join(QLatin1Char(' ')));
    add("signal link", yesNo(view.signalLink));
    add("reachable", view.reach ? yesNo(*view.reach != Reach::Nobody) : QString());
    add("tunnel by", view.tunnelKind);
    add("egress", view.egressInterface);
    add("guests", QString::number(view.guests));
    add("safety test", QString::fromLatin1(safetyName(view.safety.state)));
    add("attempts", QString(QString::number(view.safety.refused) + QLatin1Char('/') +
                            QString::number(view.safety.tried)));
    add("reached", view.safety.failed.join(QLatin1Char(' ')));
    add("guests cut", QString::number(view.fuseTrips));
    add("server set", yesNo(view.server.has_value()));
    add("server pinned", yesNo(view.server && !view.server->pin.isEmpty()));
    add("access key", view.accessKeySet ? QStringLiteral("set") : QStringLiteral("none"));
    return section;
}

} // namespace higgs::node
