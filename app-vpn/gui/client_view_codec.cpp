// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/client_view_codec.h"

#include "shared/base/endpoint.h"
#include "shared/widgets/plain_text.h"

#include <array>

namespace higgs::vpn {

using protocol::Json;
using widgets::eachElement;
using widgets::JsonMembers;
using widgets::MaxCount;
using widgets::valueOf;
using widgets::WireName;

namespace {

constexpr qsizetype MaxPaths = 16;
constexpr qsizetype MaxPathSteps = 8;

constexpr std::array States = {
    WireName{"disconnected", State::Disconnected},   WireName{"connecting", State::Connecting},
    WireName{"connected", State::Connected},         WireName{"reconnecting", State::Reconnecting},
    WireName{"disconnecting", State::Disconnecting}, WireName{"blocked", State::Blocked},
};

constexpr std::array Problems = {
    WireName{"none", Problem::None},
    WireName{"server_unreachable", Problem::ServerUnreachable},
    WireName{"server_untrusted", Problem::ServerUntrusted},
    WireName{"certificate_dates", Problem::CertificateDates},
    WireName{"server_busy", Problem::ServerBusy},
    WireName{"access_denied", Problem::AccessDenied},
    WireName{"no_node_online", Problem::NoNodeOnline},
    WireName{"no_matching_node", Problem::NoMatchingNode},
    WireName{"unknown_node", Problem::UnknownNode},
    WireName{"node_offline", Problem::NodeOffline},
    WireName{"node_lost", Problem::NodeLost},
    WireName{"too_many_sessions", Problem::TooManySessions},
    WireName{"server_refused", Problem::ServerRefused},
    WireName{"path_not_available", Problem::PathNotAvailable},
    WireName{"no_permission", Problem::NoPermission},
    WireName{"tunnel_failed", Problem::TunnelFailed},
    WireName{"no_server", Problem::NoServer},
    WireName{"lockdown", Problem::Lockdown},
    WireName{"dns_failed", Problem::DnsFailed},
    WireName{"not_restored", Problem::NotRestored},
};

constexpr std::array Paths = {
    WireName{"relay", PathKind::Relay},
    WireName{"direct", PathKind::Direct},
    WireName{"turn", PathKind::Turn},
    WireName{"cascade", PathKind::Cascade},
};

constexpr std::array Healths = {
    WireName{"stable", Health::Stable},
    WireName{"unstable", Health::Unstable},
    WireName{"no_signal", Health::NoSignal},
};

SettingsView readSettings(const Json *object)
{
    SettingsView settings;
    if (object == nullptr)
        return settings;
    const JsonMembers members(*object);
    settings.country = members.country("country");
    if (const QString path = members.text("path"); !path.isEmpty())
        settings.path = path;
    settings.via = members.country("via");
    settings.autoConnect = members.raw("autoconnect") == "on";
    settings.lockdown = members.raw("lockdown") == "on";
    settings.lan = members.raw("lan") == "on";
    settings.portMapping = members.raw("port-mapping") == "on";
    if (members.raw("dns") != "node")
        settings.dns = members.text("dns").split(QLatin1Char(','), Qt::SkipEmptyParts);
    return settings;
}

std::optional<RequestView> readRequest(const Json *object)
{
    if (object == nullptr || !object->is_object())
        return std::nullopt;
    const JsonMembers members(*object);
    return RequestView{members.country("country"), members.text("nodeId"), members.text("path"),
                       members.country("via")};
}

std::optional<LeftView> readLeft(const Json *object)
{
    if (object == nullptr || !object->is_object())
        return std::nullopt;
    const JsonMembers members(*object);
    return LeftView{members.country("country"), members.text("region"),
                    readRequest(members.find("request")).value_or(RequestView()),
                    members.flag("carries")};
}

FeaturesView readFeatures(const Json *object)
{
    if (object == nullptr)
        return {};
    const JsonMembers members(*object);
    return {members.flag("cascade"), members.words("paths", MaxPaths), members.flag("exclude"),
            members.text("excludeReason", widgets::MaxShownText)};
}

void readTunnel(const JsonMembers &members, ClientView &view)
{
    if (const std::string_view path = members.raw("path"); !path.empty())
        view.path = valueOf(Paths, path).value_or(PathKind::Unknown);
    view.pathReason = members.text("pathReason");
    if (const Json *advice = members.find("pathAdvice")) {
        const JsonMembers told(*advice);
        view.pathCause = told.text("why");
        view.pathSteps = told.words("improve", MaxPathSteps);
    }
    view.country = members.country("country");
    view.region = members.text("region");
    view.nodeId = members.text("nodeId");
    view.sessionId = members.text("sessionId");
    if (const auto mapped = Endpoint::parse(members.raw("mappedAddress")))
        view.ownAddress = QString::fromStdString(mapped->address.toString());
    view.exposedAddress = members.text("exposedAddress");
    view.exitAddress = members.text("exitIp");
    view.exitAddressV6 = members.text("exitIpV6");
    view.tunnelAddress = members.text("tunnelAddress");
    view.tunnelAddressV6 = members.text("tunnelAddressV6");
    view.since = members.time("since");
    view.rxBytes = members.bytes("rxBytes");
    view.txBytes = members.bytes("txBytes");
    view.rttMs = members.number("rttMs");
    view.health = valueOf(Healths, members.raw("health"));
    view.tunnelKind = members.text("tunnel");
}

} // namespace

Result<ClientView> decodeClientView(const Json &status)
{
    const JsonMembers members(status);
    if (!status.is_object())
        return unexpected(ErrorCode::Malformed, "a status is an object");
    if (const Result<void> spoken = widgets::checkControlVersion(status, ControlVersion); !spoken)
        return unexpected(spoken.error());
    const std::optional<State> state = valueOf(States, members.raw("state"));
    if (!state)
        return unexpected(ErrorCode::Malformed, "the status has no known state");
    ClientView view;
    view.version = members.text("version");
    view.state = *state;
    view.switching = members.flag("switching");
    view.switchingFrom = readLeft(members.find("switchingFrom"));
    if (const Json *fault = members.find("switchFault"); fault != nullptr && fault->is_object())
        view.notSwitchedTo = JsonMembers(*fault).country("country");
    if (const std::string_view problem = members.raw("problem"); !problem.empty()) {
        view.problem = valueOf(Problems, problem).value_or(Problem::Unknown);
        view.problemCode = view.problem == Problem::None ? QString() : members.text("problem");
    }
    view.problemDetail = members.text("problemDetail", widgets::MaxShownText);
    readTunnel(members, view);
    view.pausedUntil = members.time("pausedUntil");
    view.killSwitch = members.flag("killSwitch");
    if (const Json *leaks = members.find("leaks");
        leaks != nullptr && JsonMembers(*leaks).flag("counting"))
        view.leaked = JsonMembers(*leaks).bytes("outside");
    view.lockdown = members.flag("lockdown");
    view.settingsFault = members.text("settingsFault", widgets::MaxShownText);
    view.reconnects = static_cast<unsigned>(members.count("reconnects"));
    view.request = readRequest(members.find("request"));
    view.server = widgets::readServer(members);
    view.accessKeySet = members.raw("accessKey") == "set";
    view.settings = readSettings(members.find("settings"));
    view.features = readFeatures(members.find("features"));
    if (const auto excluded = members.integer("excluded", MaxCount))
        view.excluded = static_cast<int>(*excluded);
    return view;
}

Result<std::vector<Place>> decodePlaces(const Json &answer)
{
    std::vector<Place> places;
    const Result<void> read =
        eachElement(answer, "locations", MaxPlaces, [&places](const JsonMembers &members) {
            Place place{members.country("country"),
                        members.text("region"),
                        members.count("nodes"),
                        members.count("available"),
                        std::min(members.number("load").value_or(0), 1.0),
                        members.number("latency"),
                        members.number("estimateMs"),
                        members.number("pastMs")};
            if (!place.country.isEmpty())
                places.push_back(std::move(place));
        });
    if (!read)
        return unexpected(read.error());
    return places;
}

} // namespace higgs::vpn
