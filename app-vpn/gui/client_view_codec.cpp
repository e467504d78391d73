// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/client_view_codec.h"

#include "shared/protocol/country_code.h"
#include "shared/widgets/plain_text.h"

#include <array>
#include <cmath>

namespace higgs::vpn {

using protocol::Json;

namespace {

/// Ids, codes and addresses; nothing of ours is longer.
constexpr qsizetype MaxWord = 128;
/// 9999-12-31: later than any time that is meant, and exact in every type it passes through.
constexpr std::int64_t MaxWallMs = 253402300799999;
constexpr int MaxCount = 1'000'000;

template <typename Enum>
struct Name
{
    std::string_view text;
    Enum value;
};
template <typename Enum>
Name(const char *, Enum) -> Name<Enum>; // clang 14 does not deduce aggregates

constexpr std::array States = {
    Name{"disconnected", State::Disconnected},   Name{"connecting", State::Connecting},
    Name{"connected", State::Connected},         Name{"reconnecting", State::Reconnecting},
    Name{"disconnecting", State::Disconnecting}, Name{"blocked", State::Blocked},
};

constexpr std::array Problems = {
    Name{"none", Problem::None},
    Name{"server_unreachable", Problem::ServerUnreachable},
    Name{"server_untrusted", Problem::ServerUntrusted},
    Name{"server_busy", Problem::ServerBusy},
    Name{"access_denied", Problem::AccessDenied},
    Name{"no_node_online", Problem::NoNodeOnline},
    Name{"no_matching_node", Problem::NoMatchingNode},
    Name{"unknown_node", Problem::UnknownNode},
    Name{"node_offline", Problem::NodeOffline},
    Name{"node_lost", Problem::NodeLost},
    Name{"too_many_sessions", Problem::TooManySessions},
    Name{"server_refused", Problem::ServerRefused},
    Name{"path_not_available", Problem::PathNotAvailable},
    Name{"no_permission", Problem::NoPermission},
    Name{"tunnel_failed", Problem::TunnelFailed},
    Name{"no_server", Problem::NoServer},
    Name{"lockdown", Problem::Lockdown},
    Name{"dns_failed", Problem::DnsFailed},
};

constexpr std::array Paths = {
    Name{"relay", PathKind::Relay},
    Name{"direct", PathKind::Direct},
    Name{"turn", PathKind::Turn},
    Name{"cascade", PathKind::Cascade},
};

constexpr std::array Healths = {
    Name{"stable", Health::Stable},
    Name{"unstable", Health::Unstable},
    Name{"no_signal", Health::NoSignal},
};

template <typename Enum, std::size_t N>
std::optional<Enum> valueOf(const std::array<Name<Enum>, N> &names, std::string_view text)
{
    for (const Name<Enum> &name : names) {
        if (name.text == text)
            return name.value;
    }
    return std::nullopt;
}

/// The members of an object, each as what it should be or as nothing.
class Members
{
public:
    explicit Members(const Json &object) : m_object(object) {}

    [[nodiscard]] const Json *find(const char *name) const
    {
        if (!m_object.is_object())
            return nullptr;
        const auto found = m_object.find(name);
        return found == m_object.end() || found->is_null() ? nullptr : &*found;
    }
    [[nodiscard]] std::string_view raw(const char *name) const
    {
        const Json *member = find(name);
        return member != nullptr && member->is_string() ? member->get_ref<const std::string &>()
                                                        : std::string_view();
    }
    [[nodiscard]] QString text(const char *name, qsizetype most = MaxWord) const
    {
        return widgets::plainText(raw(name), most);
    }
    [[nodiscard]] bool flag(const char *name) const
    {
        const Json *member = find(name);
        return member != nullptr && member->is_boolean() && member->get<bool>();
    }
    [[nodiscard]] std::optional<std::int64_t> integer(const char *name, std::int64_t most) const
    {
        const Json *member = find(name);
        if (member == nullptr || !member->is_number_integer())
            return std::nullopt;
        if (member->is_number_unsigned() &&
            member->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
            return std::nullopt;
        const auto value = member->get<std::int64_t>();
        return value < 0 || value > most ? std::nullopt : std::optional(value);
    }
    [[nodiscard]] int count(const char *name) const
    {
        return static_cast<int>(integer(name, MaxCount).value_or(0));
    }
    [[nodiscard]] std::optional<double> number(const char *name) const
    {
        const Json *member = find(name);
        if (member == nullptr || !member->is_number())
            return std::nullopt;
        const auto value = member->get<double>();
        return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
    }
    [[nodiscard]] std::optional<WallTime> time(const char *name) const
    {
        const std::optional<std::int64_t> ms = integer(name, MaxWallMs);
        return ms ? std::optional(WallTime{*ms}) : std::nullopt;
    }
    /// Empty unless it is an assigned code.
    [[nodiscard]] QString country(const char *name) const
    {
        const Result<protocol::CountryCode> code = protocol::CountryCode::parse(raw(name));
        return code ? QString::fromStdString(code->text()) : QString();
    }

private:
    const Json &m_object;
};

constexpr std::int64_t MaxExact = 9007199254740991; // 2^53 - 1, what JSON numbers keep

QStringList words(const Json *array)
{
    constexpr qsizetype Most = 16;
    QStringList list;
    if (array == nullptr || !array->is_array())
        return list;
    for (const Json &each : *array) {
        if (each.is_string() && list.size() < Most)
            list += widgets::plainText(each.get_ref<const std::string &>(), MaxWord);
    }
    return list;
}

SettingsView readSettings(const Json *object)
{
    SettingsView settings;
    if (object == nullptr)
        return settings;
    const Members members(*object);
    settings.country = members.country("country");
    if (const QString path = members.text("path"); !path.isEmpty())
        settings.path = path;
    settings.via = members.country("via");
    settings.autoConnect = members.raw("autoconnect") == "on";
    settings.lockdown = members.raw("lockdown") == "on";
    settings.lan = members.raw("lan") == "on";
    if (members.raw("dns") != "node")
        settings.dns = members.text("dns").split(QLatin1Char(','), Qt::SkipEmptyParts);
    return settings;
}

std::optional<ServerView> readServer(const Json *object)
{
    if (object == nullptr || !object->is_object())
        return std::nullopt;
    const Members members(*object);
    ServerView server{members.text("host", 255),
                      static_cast<int>(members.integer("port", 65535).value_or(0)),
                      members.text("pin")};
    return server.host.isEmpty() ? std::nullopt : std::optional(std::move(server));
}

std::optional<RequestView> readRequest(const Json *object)
{
    if (object == nullptr || !object->is_object())
        return std::nullopt;
    const Members members(*object);
    return RequestView{members.country("country"), members.text("nodeId"), members.text("path"),
                       members.country("via")};
}

FeaturesView readFeatures(const Json *object)
{
    if (object == nullptr)
        return {};
    const Members members(*object);
    return {members.flag("cascade"), words(members.find("paths")), members.flag("exclude"),
            members.text("excludeReason", widgets::MaxShownText)};
}

void readTunnel(const Members &members, ClientView &view)
{
    if (const std::string_view path = members.raw("path"); !path.empty())
        view.path = valueOf(Paths, path).value_or(PathKind::Unknown);
    view.pathReason = members.text("pathReason");
    view.country = members.country("country");
    view.region = members.text("region");
    view.nodeId = members.text("nodeId");
    view.sessionId = members.text("sessionId");
    view.exitAddress = members.text("exitIp");
    view.exitAddressV6 = members.text("exitIpV6");
    view.tunnelAddress = members.text("tunnelAddress");
    view.tunnelAddressV6 = members.text("tunnelAddressV6");
    view.since = members.time("since");
    view.rxBytes = static_cast<quint64>(members.integer("rxBytes", MaxExact).value_or(0));
    view.txBytes = static_cast<quint64>(members.integer("txBytes", MaxExact).value_or(0));
    view.rttMs = members.number("rttMs");
    view.health = valueOf(Healths, members.raw("health"));
    view.tunnelKind = members.text("tunnel");
}

/// The elements of a member that must be an array, at most `most` of them.
template <typename Read>
Result<void> eachElement(const Json &answer, const char *name, std::size_t most, Read read)
{
    const Json *array = Members(answer).find(name);
    if (array == nullptr || !array->is_array())
        return unexpected(ErrorCode::Malformed, std::string("the answer has no ") + name);
    for (std::size_t i = 0; i < std::min(array->size(), most); ++i)
        read(Members((*array)[i]));
    return {};
}

} // namespace

Result<ClientView> decodeClientView(const Json &status)
{
    const Members members(status);
    if (!status.is_object())
        return unexpected(ErrorCode::Malformed, "a status is an object");
    const std::optional<std::int64_t> version = members.integer("controlVersion", MaxCount);
    if (!version || *version < ControlVersion)
        return unexpected(ErrorCode::Unavailable, "the daemon speaks control version " +
                                                      std::to_string(version.value_or(1)) +
                                                      ", this window needs " +
                                                      std::to_string(ControlVersion));
    const std::optional<State> state = valueOf(States, members.raw("state"));
    if (!state)
        return unexpected(ErrorCode::Malformed, "the status has no known state");
    ClientView view;
    view.version = members.text("version");
    view.state = *state;
    view.switching = members.flag("switching");
    if (const std::string_view problem = members.raw("problem"); !problem.empty()) {
        view.problem = valueOf(Problems, problem).value_or(Problem::Unknown);
        view.problemCode = view.problem == Problem::None ? QString() : members.text("problem");
    }
    view.problemDetail = members.text("problemDetail", widgets::MaxShownText);
    readTunnel(members, view);
    view.pausedUntil = members.time("pausedUntil");
    view.killSwitch = members.flag("killSwitch");
    view.lockdown = members.flag("lockdown");
    view.reconnects = static_cast<unsigned>(members.count("reconnects"));
    view.request = readRequest(members.find("request"));
    view.server = readServer(members.find("server"));
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
        eachElement(answer, "locations", MaxPlaces, [&places](const Members &members) {
            Place place{members.country("country"),
                        members.text("region"),
                        members.count("nodes"),
                        members.count("available"),
                        std::min(members.number("load").value_or(0), 1.0),
                        members.number("latency")};
            if (!place.country.isEmpty())
                places.push_back(std::move(place));
        });
    if (!read)
        return unexpected(read.error());
    return places;
}

Result<std::vector<Check>> decodeChecks(const Json &answer)
{
    std::vector<Check> checks;
    const Result<void> read =
        eachElement(answer, "checks", MaxChecks, [&checks](const Members &members) {
            checks.push_back({members.text("name"), members.flag("ok"),
                              members.text("detail", widgets::MaxShownText)});
        });
    if (!read)
        return unexpected(read.error());
    return checks;
}

Result<std::vector<LogLine>> decodeLog(const Json &answer)
{
    std::vector<LogLine> lines;
    const Result<void> read =
        eachElement(answer, "lines", MaxLogLines, [&lines](const Members &members) {
            lines.push_back({members.time("time").value_or(WallTime{}), members.text("level"),
                             members.text("area"), members.text("text", widgets::MaxShownText)});
        });
    if (!read)
        return unexpected(read.error());
    return lines;
}

} // namespace higgs::vpn
