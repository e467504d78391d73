// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_view_codec.h"

#include "shared/widgets/plain_text.h"

#include <algorithm>
#include <cmath>

namespace higgs::node {

using protocol::Json;
using widgets::eachElement;
using widgets::JsonMembers;
using widgets::valueOf;
using widgets::WireName;

namespace {

constexpr qsizetype MostCodes = 16;

constexpr std::array States = {
    WireName{"off", State::Off},         WireName{"starting", State::Starting},
    WireName{"sharing", State::Sharing}, WireName{"limited", State::Limited},
    WireName{"problem", State::Problem},
};

constexpr std::array Problems = {
    WireName{"server_unreachable", Problem::ServerUnreachable},
    WireName{"server_untrusted", Problem::ServerUntrusted},
    WireName{"certificate_dates", Problem::CertificateDates},
    WireName{"access_denied", Problem::AccessDenied},
    WireName{"already_registered", Problem::AlreadyRegistered},
    WireName{"pending_approval", Problem::PendingApproval},
    WireName{"server_refused", Problem::ServerRefused},
    WireName{"no_permission", Problem::NoPermission},
    WireName{"tunnel_failed", Problem::TunnelFailed},
    WireName{"exit_failed", Problem::ExitFailed},
    WireName{"exit_unsafe", Problem::ExitUnsafe},
    WireName{"no_server", Problem::NoServer},
};

constexpr std::array Reasons = {
    WireName{"full", LimitReason::Full},       WireName{"maintenance", LimitReason::Maintenance},
    WireName{"paused", LimitReason::Paused},   WireName{"schedule", LimitReason::Schedule},
    WireName{"volume", LimitReason::Volume},   WireName{"battery", LimitReason::Battery},
    WireName{"metered", LimitReason::Metered},
};

constexpr std::array Reaches = {
    WireName{"none", Reach::Nobody},
    WireName{"relay", Reach::Relay},
};

constexpr std::array Neighbours = {
    WireName{"off", Neighbour::State::Off},
    WireName{"idle", Neighbour::State::Idle},
    WireName{"yielding", Neighbour::State::Yielding},
    WireName{"unavailable", Neighbour::State::Unavailable},
};

constexpr std::array Safeties = {
    WireName{"never", SafetyState::Never},
    WireName{"unknown", SafetyState::Never}, // as long as the router is not known, it says nothing
    WireName{"running", SafetyState::Running},
    WireName{"passed", SafetyState::Passed},
    WireName{"failed", SafetyState::Failed},
};

constexpr std::array Sights = {
    WireName{"refused", Seen::Refused},
    WireName{"silent", Seen::Silent},
    WireName{"reached", Seen::Reached},
};

/// The member as an object; of what is none every member is missing.
const Json &inner(const JsonMembers &members, const char *name)
{
    static const Json nothing;
    const Json *member = members.find(name);
    return member != nullptr ? *member : nothing;
}

WeekSchedule readSchedule(const Json *array)
{
    std::vector<std::string> days;
    if (array == nullptr || !array->is_array() || array->size() != WeekSchedule::Days)
        return {};
    for (const Json &day : *array)
        days.push_back(day.is_string() ? day.get<std::string>() : std::string());
    return WeekSchedule::of(days);
}

Limits readLimits(const JsonMembers &members)
{
    Limits limits;
    limits.maxGuests = std::min(members.count("maxGuests"), Limits::MostGuests);
    limits.upMbps = members.number("upMbps").value_or(0);
    limits.downMbps = members.number("downMbps").value_or(0);
    limits.monthlyBytes = members.bytes("monthlyBytes");
    limits.resetDay = std::clamp(members.count("resetDay"), 1, Limits::LastResetDay);
    limits.schedule = readSchedule(members.find("schedule"));
    limits.stopOnBattery = members.flag("stopOnBattery");
    limits.stopOnMetered = members.flag("stopOnMetered");
    limits.goodNeighbour = members.flag("goodNeighbour");
    limits.portMapping = members.flag("portMapping");
    return limits;
}

/// A result that is not understood is none: never shown as passed.
Safety readSafety(const JsonMembers &members)
{
    Safety safety;
    safety.state = valueOf(Safeties, members.raw("state")).value_or(SafetyState::Never);
    safety.at = members.time("at");
    safety.tried = members.count("tried");
    safety.refused = members.count("refused");
    safety.failed = members.words("failed", MostCodes);
    return safety;
}

Volume readVolume(const JsonMembers &members)
{
    return {members.bytes("usedBytes"), members.bytes("capBytes"), members.time("from"),
            members.time("resetsAt")};
}

Neighbour readNeighbour(const JsonMembers &members)
{
    return {valueOf(Neighbours, members.raw("state")).value_or(Neighbour::State::Off),
            members.number("allowedMbps"), members.number("queueMs")};
}

void readPlace(const JsonMembers &members, NodeView &view)
{
    view.server = widgets::readServer(members);
    view.accessKeySet = members.raw("accessKey") == "set";
    view.nodeId = members.text("nodeId");
    view.country = members.country("country");
    view.region = members.text("region");
    view.natType = members.text("natType");
    view.mappedAddress = members.text("mappedAddress");
    view.signalLink = members.flag("signalLink");
    view.tunnelKind = members.text("tunnel");
    view.egressInterface = members.text("egressInterface");
    view.reach = valueOf(Reaches, members.raw("reach"));
    const JsonMembers advice(inner(members, "pathAdvice"));
    view.ways.reach = advice.text("why");
    view.ways.steps = advice.words("improve", MostCodes);
    const int taken = members.count("udpPortTaken"); // what it shall have is what is spoken of
    view.ways.udpPort = taken != 0 ? taken : members.count("udpPort");
    const JsonMembers settings(inner(members, "settings"));
    view.chosenCountry = settings.country("country");
    view.chosenRegion = settings.text("region");
    view.fixed = members.words("fixed", MostCodes);
}

void readTraffic(const JsonMembers &members, NodeView &view)
{
    view.guests = members.count("guests");
    const JsonMembers paths(inner(members, "guestPaths"));
    view.ways.direct = paths.count("direct");
    view.ways.relayed = paths.count("relay") + paths.count("turn");
    view.rxBytes = members.bytes("rxBytes");
    view.txBytes = members.bytes("txBytes");
    view.rxMbps = members.number("rxMbps").value_or(0);
    view.txMbps = members.number("txMbps").value_or(0);
    const JsonMembers today(inner(members, "today"));
    view.todayBytes = today.bytes("rxBytes") + today.bytes("txBytes");
    view.todayGuests = today.count("guests");
    view.volume = readVolume(JsonMembers(inner(members, "volume")));
    view.fuseTrips = members.count("fuseTrips");
}

void readReasons(const JsonMembers &members, NodeView &view)
{
    if (const std::string_view problem = members.raw("problem"); !problem.empty()) {
        view.problem = valueOf(Problems, problem).value_or(Problem::Unknown);
        view.problemCode = members.text("problem");
    }
    if (view.state == State::Problem && view.problem == Problem::None)
        view.problem = Problem::Unknown;
    view.problemDetail = members.text("problemDetail", widgets::MaxShownText);
    if (const std::string_view reason = members.raw("limitReason"); !reason.empty())
        view.limit = valueOf(Reasons, reason).value_or(LimitReason::Unknown);
    if (view.state == State::Limited && view.limit == LimitReason::None)
        view.limit = LimitReason::Unknown;
    view.limitUntil = members.time("limitUntil");
    view.pausedUntil = members.time("pausedUntil");
    view.since = members.time("since");
}

} // namespace

Result<NodeView> decodeNodeView(const Json &status)
{
    if (!status.is_object())
        return unexpected(ErrorCode::Malformed, "a status is an object");
    if (const Result<void> spoken = widgets::checkControlVersion(status, ControlVersion); !spoken)
        return unexpected(spoken.error());
    const JsonMembers members(status);
    const std::optional<State> state = valueOf(States, members.raw("state"));
    if (!state)
        return unexpected(ErrorCode::Malformed, "the status has no known state");
    NodeView view;
    view.version = members.text("version");
    view.state = *state;
    view.sharing = members.flag("sharing");
    view.consent = members.flag("consent");
    view.settingsFault = members.text("settingsFault", widgets::MaxShownText);
    readReasons(members, view);
    readPlace(members, view);
    readTraffic(members, view);
    view.limits = readLimits(JsonMembers(inner(members, "limits")));
    const JsonMembers surroundings(inner(members, "surroundings"));
    view.onBattery = surroundings.maybeFlag("battery");
    view.onMetered = surroundings.maybeFlag("metered");
    view.neighbour = readNeighbour(JsonMembers(inner(members, "neighbour")));
    view.portMapping = JsonMembers(inner(members, "portMapping")).text("state");
    view.safety = readSafety(JsonMembers(inner(members, "safety")));
    return view;
}

Result<std::vector<Guest>> decodeGuests(const Json &answer)
{
    std::vector<Guest> guests;
    const Result<void> read =
        eachElement(answer, "guests", MaxGuests, [&guests](const JsonMembers &members) {
            const auto number = members.integer("number", widgets::MaxExact);
            if (!number)
                return;
            guests.push_back({static_cast<quint64>(*number), members.time("since"),
                              members.text("path"), members.flag("online"),
                              members.bytes("rxBytes"), members.bytes("txBytes"),
                              members.number("rxMbps").value_or(0),
                              members.number("txMbps").value_or(0), members.flag("cut")});
        });
    if (!read)
        return unexpected(read.error());
    return guests;
}

Result<History> decodeHistory(const Json &answer)
{
    History history;
    const Result<void> read =
        eachElement(answer, "days", MaxDays, [&history](const JsonMembers &members) {
            const QDate day = QDate::fromString(members.text("day"), Qt::ISODate);
            if (day.isValid())
                history.days.push_back({day, members.bytes("rxBytes"), members.bytes("txBytes"),
                                        members.count("guests")});
        });
    if (!read)
        return unexpected(read.error());
    // An older service has none.
    static_cast<void>(
        eachElement(answer, "hours", MaxHours, [&history](const JsonMembers &members) {
            if (const auto from = members.time("from"))
                history.hours.push_back({*from,
                                         {from->ms + MsOfHour},
                                         true,
                                         {},
                                         members.bytes("rxBytes"),
                                         members.bytes("txBytes"),
                                         members.count("guests")});
        }));
    return history;
}

Result<SharedHour> decodeHour(const Json &answer)
{
    const JsonMembers members(answer);
    const auto from = members.time("from");
    const auto to = members.time("to");
    const auto known = members.maybeFlag("known");
    if (!from || !to || !known || *to <= *from)
        return unexpected(ErrorCode::Malformed, "the answer names no hour");
    return SharedHour{*from,
                      *to,
                      *known,
                      members.time("knownSince"),
                      members.bytes("rxBytes"),
                      members.bytes("txBytes"),
                      members.count("guests")};
}

Result<SafetyReport> decodeSafety(const Json &answer)
{
    SafetyReport report;
    const Result<void> read =
        eachElement(answer, "rows", MaxAttempts, [&report](const JsonMembers &members) {
            report.attempts.push_back({members.text("target"), members.text("spelling"),
                                       members.text("kind"), members.raw("expected") == "open",
                                       valueOf(Sights, members.raw("seen")).value_or(Seen::Unknown),
                                       members.flag("ok")});
        });
    if (!read)
        return unexpected(read.error());
    const JsonMembers members(answer);
    report.summary = readSafety(members);
    const JsonMembers rules(inner(members, "rules"));
    report.rulesOk = rules.flag("ok");
    report.rulesDetail = rules.text("detail", widgets::MaxShownText);
    return report;
}

Json encodeLimits(const Limits &limits)
{
    return Json{{"maxGuests", limits.maxGuests},
                {"upMbps", std::llround(limits.upMbps)},
                {"downMbps", std::llround(limits.downMbps)},
                {"monthlyBytes", limits.monthlyBytes},
                {"resetDay", limits.resetDay},
                {"schedule", limits.schedule.texts()},
                {"stopOnBattery", limits.stopOnBattery},
                {"stopOnMetered", limits.stopOnMetered},
                {"goodNeighbour", limits.goodNeighbour},
                {"portMapping", limits.portMapping}};
}

} // namespace higgs::node
