// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/diagnostics_text.h"

#include "app-vpn/gui/daemon_link.h"

#include <QCoreApplication>
#include <array>

namespace higgs::vpn {

namespace {

struct Words
{
    const char *name;
    const char *good;
    const char *bad;
};

constexpr const char *Context = "higgs::vpn::checkText";

constexpr std::array Checks = {
    Words{"daemon", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The service runs"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The service does not run as it should")},
    Words{"privileges",
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The service may build a tunnel"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText",
                            "The service lacks the right to build a tunnel")},
    Words{"server", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The server answers"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The server does not answer")},
    Words{"tunnel", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "Nothing is wrong with the tunnel"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The tunnel is down")},
    Words{"NAT", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The router in front of this computer"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The router in front of this computer")},
    Words{"path", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The way to the exit"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The way to the exit")},
    Words{"port mapping", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The port at the router"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The port at the router")},
    Words{"kill switch",
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The kill switch is as it should be"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The kill switch is not as it should be")},
    Words{"second barrier",
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "The second barrier is as it should be"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "A network card has one barrier, not two")},
    Words{"guests beside",
          QT_TRANSLATE_NOOP("higgs::vpn::checkText",
                            "Guests that share the network card are blocked"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText",
                            "Guests of this computer that share its network card are outside the "
                            "tunnel")},
    Words{"dns", QT_TRANSLATE_NOOP("higgs::vpn::checkText", "DNS answers"),
          QT_TRANSLATE_NOOP("higgs::vpn::checkText", "DNS does not answer")},
};

const char *stateName(State state)
{
    constexpr std::array Names = {"disconnected", "connecting",    "connected",
                                  "reconnecting", "disconnecting", "blocked"};
    return Names[static_cast<std::size_t>(state)];
}

} // namespace

QString checkText(const Check &check)
{
    for (const Words &each : Checks) {
        if (check.name == QLatin1String(each.name))
            return QCoreApplication::translate(Context, check.ok ? each.good : each.bad);
    }
    return check.name;
}

widgets::ReportSection stateSection(const DaemonLink &link)
{
    widgets::ReportSection section{QStringLiteral("State"), {}};
    const auto add = [&section](const char *name, const QString &value) {
        if (!value.isEmpty())
            section.rows.emplace_back(QString::fromLatin1(name), value);
    };
    const auto yesNo = [](bool yes) { return yes ? QStringLiteral("yes") : QStringLiteral("no"); };
    const ClientView &view = link.view();
    if (link.linkState() != LinkState::Up) {
        add("service", QStringLiteral("does not answer: ") + link.line().detail());
        return section;
    }
    add("service", link.line().daemonVersion());
    add("state", QString::fromLatin1(stateName(view.state)));
    add("problem", view.problemCode);
    add("detail", view.problemDetail);
    add("exit", QString(view.country + QLatin1Char(' ') + view.region).trimmed());
    add("path reason", view.pathReason);
    add("path cause", view.pathCause);
    add("path improved by", view.pathSteps.join(QLatin1Char(' ')));
    add("tunnel by", view.tunnelKind);
    add("kill switch", yesNo(view.killSwitch));
    add("lockdown", yesNo(view.lockdown));
    if (!view.settingsFault.isEmpty())
        add("settings", view.settingsFault);
    add("local network", yesNo(view.settings.lan));
    add("own dns", yesNo(!view.settings.dns.isEmpty()));
    add("auto-connect", yesNo(view.settings.autoConnect));
    add("path wanted", view.settings.path);
    add("reconnects", QString::number(view.reconnects));
    if (view.rttMs)
        add("round trip ms", QString::number(*view.rttMs, 'f', 1));
    add("server set", yesNo(view.server.has_value()));
    add("server pinned", yesNo(view.server && !view.server->pin.isEmpty()));
    add("access key", view.accessKeySet ? QStringLiteral("set") : QStringLiteral("none"));
    return section;
}

} // namespace higgs::vpn
