// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/settings.h"

#include "shared/control/server_url.h"
#include "shared/control/settings_file.h"
#include "shared/protocol/connection_limit.h"
#include "shared/protocol/country_code.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace higgs::node {

namespace {

struct NumberLimit
{
    const char *name;
    std::uint32_t NodeLimits::*member;
    std::uint32_t least;
    std::uint32_t most;
};
constexpr std::array NumberLimits = {
    NumberLimit{"maxGuests", &NodeLimits::maxGuests, 1, protocol::MaxConnectionsLimit},
    NumberLimit{"upMbps", &NodeLimits::upMbps, 0, 1'000'000},
    NumberLimit{"downMbps", &NodeLimits::downMbps, 0, 1'000'000},
    NumberLimit{"resetDay", &NodeLimits::resetDay, 1, MostResetDay},
};

struct FlagLimit
{
    const char *name;
    bool NodeLimits::*member;
};
constexpr std::array FlagLimits = {
    FlagLimit{"stopOnBattery", &NodeLimits::stopOnBattery},
    FlagLimit{"stopOnMetered", &NodeLimits::stopOnMetered},
    FlagLimit{"goodNeighbour", &NodeLimits::goodNeighbour},
    FlagLimit{"portMapping", &NodeLimits::portMapping},
};

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

/// Empty for what no server takes, as versions before this one kept any text.
std::string knownRegion(const std::string &text)
{
    const auto place = protocol::PlaceCode::parse(text);
    return place && place->text != place->country.text() ? place->text : std::string();
}

Result<std::uint64_t> readNumber(const Json &value, const std::string &name, std::uint64_t least,
                                 std::uint64_t most)
{
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least ||
        value.get<std::uint64_t>() > most)
        return wrong(name + " must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most));
    return value.get<std::uint64_t>();
}

Result<Schedule> readSchedule(const Json &value)
{
    const Unexpected bad = wrong("schedule must be 7 texts of 24 characters 0 or 1, Monday first");
    if (!value.is_array() || value.size() != DaysPerWeek)
        return bad;
    Schedule schedule;
    for (std::size_t day = 0; day < DaysPerWeek; ++day) {
        if (!value[day].is_string())
            return bad;
        const auto &hours = value[day].get_ref<const std::string &>();
        if (hours.size() != HoursPerDay || hours.find_first_not_of("01") != std::string::npos)
            return bad;
        for (std::size_t hour = 0; hour < HoursPerDay; ++hour)
            schedule.set(day, hour, hours[hour] == '1');
    }
    return schedule;
}

Json scheduleJson(const Schedule &schedule)
{
    Json days = Json::array();
    for (std::size_t day = 0; day < DaysPerWeek; ++day) {
        std::string hours;
        for (std::size_t hour = 0; hour < HoursPerDay; ++hour)
            hours += schedule.at(day, hour) ? '1' : '0';
        days.push_back(hours);
    }
    return days;
}

/// The member if it is there and not null.
const Json *find(const Json &object, const char *name)
{
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<ConfiguredServer> serverFromFile(const Json &file)
{
    const Json *server = find(file, "server");
    if (server == nullptr || !server->is_string())
        return std::nullopt;
    const auto url = control::parseServerUrl(server->get<std::string>());
    if (!url)
        return std::nullopt;
    ConfiguredServer found{url->host, url->port, ServerTrust::system()};
    if (const Json *pin = find(file, "pin")) {
        const auto trust = ServerTrust::parsePin(pin->is_string() ? pin->get<std::string>() : "");
        if (!trust)
            return std::nullopt; // never trust more than the owner did
        found.trust = *trust;
    }
    return found;
}

bool flag(const Json &file, const char *name)
{
    const Json *found = find(file, name);
    return found != nullptr && found->is_boolean() && found->get<bool>();
}

/// Not so much that the sum of all days would begin at zero again; more than any limit all the
/// same.
std::uint64_t amountOf(const Json &value)
{
    return std::min(value.get<std::uint64_t>(), MostVolume);
}

bool isDay(const Json &values)
{
    return values.is_array() && values.size() == 3 &&
           std::all_of(values.begin(), values.end(),
                       [](const Json &value) { return value.is_number_unsigned(); });
}

std::optional<NodeLimits> readLimits(const Json &json)
{
    const auto limits = changedLimits({}, json);
    return json.is_object() && limits ? std::optional(*limits) : std::nullopt;
}

} // namespace

std::string pinText(const CertificateFingerprint &pin)
{
    std::string text;
    for (const std::uint8_t byte : pin) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02X", static_cast<unsigned>(byte));
        text += (text.empty() ? "" : ":") + std::string(hex.data());
    }
    return text;
}

Json limitsJson(const NodeLimits &limits)
{
    Json json = {{"monthlyBytes", limits.monthlyBytes},
                 {"schedule", scheduleJson(limits.schedule)}};
    for (const NumberLimit &limit : NumberLimits)
        json[limit.name] = limits.*limit.member;
    for (const FlagLimit &limit : FlagLimits)
        json[limit.name] = limits.*limit.member;
    return json;
}

Result<NodeLimits> changedLimits(NodeLimits base, const Json &json)
{
    for (const NumberLimit &limit : NumberLimits) {
        const Json *value = find(json, limit.name);
        if (value == nullptr)
            continue;
        const auto number = readNumber(*value, limit.name, limit.least, limit.most);
        if (!number)
            return unexpected(number.error());
        base.*limit.member = static_cast<std::uint32_t>(*number);
    }
    if (const Json *value = find(json, "monthlyBytes")) {
        const auto number = readNumber(*value, "monthlyBytes", 0, MostVolume);
        if (!number)
            return unexpected(number.error());
        base.monthlyBytes = *number;
    }
    for (const FlagLimit &limit : FlagLimits) {
        const Json *value = find(json, limit.name);
        if (value != nullptr && !value->is_boolean())
            return wrong(std::string(limit.name) + " must be true or false");
        if (value != nullptr)
            base.*limit.member = value->get<bool>();
    }
    if (const Json *value = find(json, "schedule")) {
        const auto schedule = readSchedule(*value);
        if (!schedule)
            return unexpected(schedule.error());
        base.schedule = *schedule;
    }
    return base;
}

bool saysSharing(const Json &file)
{
    return flag(file, "consent") && flag(file, "sharing");
}

std::string faultOf(const Json &file)
{
    for (const char *name : {"consent", "sharing"}) {
        const Json *found = find(file, name);
        if (found != nullptr && !found->is_boolean())
            return name;
    }
    if (const Json *limits = find(file, "limits"); limits != nullptr && !readLimits(*limits))
        return "limits";
    if (const Json *paused = find(file, "pausedUntil");
        paused != nullptr && !control::momentOf(*paused))
        return "pausedUntil";
    const bool hasServer = find(file, "server") != nullptr;
    return hasServer && !serverFromFile(file) ? "server" : "";
}

Settings settingsFromFile(const Json &file)
{
    Settings settings;
    settings.consent = flag(file, "consent");
    // Never more than the owner allowed: with limits or a pause that cannot be understood nothing
    // is shared until somebody says so anew.
    settings.sharing = saysSharing(file) && faultOf(file).empty();
    if (const Json *limits = find(file, "limits"))
        settings.limits = readLimits(*limits);
    if (const Json *paused = find(file, "pausedUntil"))
        settings.pausedUntil = control::momentOf(*paused);
    settings.server = serverFromFile(file);
    if (const Json *country = find(file, "country"); country != nullptr && country->is_string()) {
        if (const auto code = protocol::CountryCode::parse(country->get<std::string>()))
            settings.country = code->text();
    }
    if (const Json *region = find(file, "region"); region != nullptr && region->is_string())
        settings.region = knownRegion(region->get<std::string>());
    return settings;
}

Json settingsToFile(const Settings &settings)
{
    Json file = {{"consent", settings.consent}, {"sharing", settings.sharing}};
    if (settings.limits)
        file["limits"] = limitsJson(*settings.limits);
    if (settings.pausedUntil)
        file["pausedUntil"] = settings.pausedUntil->ms;
    if (settings.server) {
        file["server"] = control::serverUrlText({settings.server->host, settings.server->port});
        if (settings.server->trust.pin)
            file["pin"] = pinText(*settings.server->trust.pin);
    }
    if (!settings.country.empty())
        file["country"] = settings.country;
    if (settings.region)
        file["region"] = *settings.region;
    return file;
}

UsageLedger usageFromFile(const Json &file)
{
    UsageLedger usage;
    const Json *days = find(file, "days");
    if (days == nullptr || !days->is_object())
        return usage;
    for (const auto &[text, values] : days->items()) {
        const auto day = parseDay(text);
        if (day && isDay(values))
            usage.setDay(*day, {amountOf(values[0]), amountOf(values[1]), amountOf(values[2])});
    }
    return usage;
}

std::string faultOfUsage(const Json &file)
{
    const Json *days = find(file, "days");
    if (days == nullptr)
        return "";
    if (!days->is_object())
        return "days";
    for (const auto &[text, values] : days->items()) {
        if (!parseDay(text) || !isDay(values))
            return "days";
    }
    return "";
}

Json usageToFile(const UsageLedger &usage)
{
    Json days = Json::object();
    for (const auto &[day, moved] : usage.days())
        days[toText(day)] = Json::array({moved.rxBytes, moved.txBytes, moved.guests});
    return Json{{"days", days}};
}

} // namespace higgs::node
