// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs that ask about, open and close the exit; the others are in setting_methods.cpp.
#include "app-node/daemon/control_methods.h"

#include "shared/base/log.h"
#include "shared/control/settings_file.h"
#include "shared/tunnel/privileges.h"

#include <array>

namespace higgs::node {

using control::ControlCall;

namespace {

constexpr Seconds FiguresInterval{1};
/// What a power loss may cost of the history and of the month's count.
constexpr Seconds KeepInterval{10};
constexpr std::int64_t LongestPauseMinutes = 10'080; // a week
constexpr std::int64_t DefaultHistoryDays = 31;
constexpr std::int64_t MostHistoryHours = 48;

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

Result<bool> readFlag(const Json &params, const char *name)
{
    const auto found = params.find(name);
    if (found == params.end() || !found->is_boolean())
        return wrong(std::string(name) + " must be true or false");
    return found->get<bool>();
}

Result<std::int64_t> readNumber(const Json &params, const char *name, std::int64_t least,
                                std::int64_t most, std::optional<std::int64_t> absent = {})
{
    const auto found = params.find(name);
    if (found == params.end() && absent)
        return *absent;
    if (found == params.end() || !found->is_number_integer() ||
        found->get<std::int64_t>() < least || found->get<std::int64_t>() > most)
        return wrong(std::string(name) + " must be a whole number from " + std::to_string(least) +
                     " to " + std::to_string(most));
    return found->get<std::int64_t>();
}

} // namespace

ControlMethods::ControlMethods(ControlParts parts, FixedSettings fixed, Settings settings,
                               SettingsFaults faults, HourBook hours)
    : m_server(parts.server),
      m_engine(parts.engine),
      m_log(parts.log),
      m_fixed(fixed),
      m_settings(std::move(settings)),
      m_faults(std::move(faults)),
      m_keptUsage(parts.engine.usage()),
      m_hours(std::move(hours))
{
    addMethods();
    connect(&m_engine, &NodeEngine::statusChanged, this, &ControlMethods::engineChanged);
    connect(&m_figures, &QTimer::timeout, this, &ControlMethods::tellSubscribers);
    m_figures.start(FiguresInterval);
    connect(&m_keepTimer, &QTimer::timeout, this, &ControlMethods::keepFigures);
    m_keepTimer.start(KeepInterval);
}

ControlMethods::~ControlMethods()
{
    keepFigures();
    m_hours.keep(m_engine.hours(), monotonicNow(), true);
}

std::string ControlMethods::settingsFile(const std::string &dataDir)
{
    return dataDir + "/settings.json";
}

std::string ControlMethods::usageFile(const std::string &dataDir)
{
    return dataDir + "/usage.json";
}

void ControlMethods::addMethods()
{
    constexpr std::array Verbs = {
        std::pair{"status", &ControlMethods::tellStatus},
        std::pair{"subscribe", &ControlMethods::subscribe},
        std::pair{"setSharing", &ControlMethods::setSharing},
        std::pair{"restoreNetwork", &ControlMethods::restoreNetwork},
        std::pair{"consent", &ControlMethods::consent},
        std::pair{"pause", &ControlMethods::pause},
        std::pair{"resume", &ControlMethods::resume},
        std::pair{"limits", &ControlMethods::limits},
        std::pair{"set", &ControlMethods::set},
        std::pair{"configureServer", &ControlMethods::configureServer},
        std::pair{"setAccessKey", &ControlMethods::setAccessKey},
        std::pair{"guests", &ControlMethods::listGuests},
        std::pair{"endGuest", &ControlMethods::endGuest},
        std::pair{"history", &ControlMethods::history},
        std::pair{"hour", &ControlMethods::hour},
        std::pair{"safety", &ControlMethods::safety},
        std::pair{"diagnose", &ControlMethods::diagnose},
        std::pair{"log", &ControlMethods::listLog},
    };
    for (const auto &[name, verb] : Verbs)
        m_server.addMethod(
            name, [this, method = verb](ControlCall call) { (this->*method)(std::move(call)); });
}

Json ControlMethods::statusNow() const
{
    const NodeStatus status = m_engine.status();
    return statusJson({status, m_engine.config(), m_settings.consent, m_fixed, m_faults.first()});
}

void ControlMethods::tellStatus(ControlCall call)
{
    call.answer(statusNow());
}

void ControlMethods::subscribe(ControlCall call)
{
    call.subscribe();
    call.answer(statusNow());
}

void ControlMethods::setSharing(ControlCall call)
{
    const Result<bool> on = readFlag(call.params(), "on");
    if (!on) {
        call.answer(unexpected(on.error()));
        return;
    }
    if (*on && !m_settings.consent) {
        call.answer(unexpected(ErrorCode::Forbidden,
                               "consent_required: the owner has not agreed to share yet"));
        return;
    }
    if (*on && m_engine.config().country.empty()) {
        call.answer(unexpected(ErrorCode::Forbidden, "set the country of this node first"));
        return;
    }
    // First on disk: who switched off must not share again because of a restart.
    const auto change = [on = *on](Settings &settings) {
        settings.sharing = on;
        settings.pausedUntil.reset();
    };
    const Result<void> kept = *on ? keep(change) : takeBack(change);
    if (kept || !*on) {
        m_engine.pause(std::nullopt);
        m_engine.setSharing(*on);
    }
    if (kept)
        call.answer(statusNow());
    else
        call.answer(unexpected(kept.error()));
}

void ControlMethods::restoreNetwork(ControlCall call)
{
    const Result<void> kept = takeBack([](Settings &settings) {
        settings.sharing = false;
        settings.pausedUntil.reset();
    });
    const Result<void> restored = m_engine.restoreNetwork();
    m_engine.pause(std::nullopt);
    if (!restored || !kept)
        call.answer(unexpected((restored ? kept : restored).error()));
    else
        call.answer(statusNow());
}

void ControlMethods::consent(ControlCall call)
{
    const Result<bool> agreed = readFlag(call.params(), "agreed");
    if (!agreed) {
        call.answer(unexpected(agreed.error()));
        return;
    }
    const auto change = [agreed = *agreed](Settings &settings) {
        settings.consent = agreed;
        settings.sharing = settings.sharing && agreed;
    };
    const Result<void> kept = *agreed ? keep(change) : takeBack(change);
    if (!*agreed)
        m_engine.setSharing(false);
    if (!kept) {
        call.answer(unexpected(kept.error()));
        return;
    }
    tellSubscribers();
    call.answer(statusNow());
}

void ControlMethods::pause(ControlCall call)
{
    if (!m_engine.status().sharing) {
        call.answer(wrong("sharing is off: there is nothing to pause"));
        return;
    }
    WallTime until;
    if (const auto day = call.params().find("until"); day != call.params().end()) {
        if (*day != "tomorrow") {
            call.answer(wrong("until must be \"tomorrow\""));
            return;
        }
        until = m_engine.nextMorning();
    } else {
        const auto minutes = readNumber(call.params(), "minutes", 1, LongestPauseMinutes);
        if (!minutes) {
            call.answer(unexpected(minutes.error()));
            return;
        }
        until = wallNow() + std::chrono::minutes(*minutes);
    }
    m_engine.pause(until); // at once, whatever becomes of the file
    const Result<void> kept =
        takeBack([until](Settings &settings) { settings.pausedUntil = until; });
    if (kept)
        call.answer(statusNow());
    else
        call.answer(unexpected(kept.error()));
}

void ControlMethods::resume(ControlCall call)
{
    const Result<void> kept = keep([](Settings &settings) { settings.pausedUntil.reset(); });
    if (!kept) {
        call.answer(unexpected(kept.error()));
        return;
    }
    m_engine.pause(std::nullopt);
    call.answer(statusNow());
}

void ControlMethods::listGuests(ControlCall call)
{
    call.answer(guestsJson(m_engine.status()));
}

void ControlMethods::endGuest(ControlCall call)
{
    const auto number = readNumber(call.params(), "number", 1, INT64_MAX);
    if (!number) {
        call.answer(unexpected(number.error()));
        return;
    }
    const Result<void> ended = m_engine.endGuest(static_cast<std::uint64_t>(*number));
    if (ended)
        call.answer(Json::object());
    else
        call.answer(unexpected(ended.error()));
}

WallTime ControlMethods::ownNow() const
{
    return wallNow() + m_engine.config().clockOffset;
}

void ControlMethods::history(ControlCall call)
{
    const auto days = readNumber(call.params(), "days", 1, KeptDays, DefaultHistoryDays);
    const auto hours = readNumber(call.params(), "hours", 0, MostHistoryHours, 0);
    if (!days || !hours) {
        call.answer(unexpected((days ? hours : days).error()));
        return;
    }
    Json answer = historyJson(m_engine.usage(), m_engine.today(), static_cast<LocalDay>(*days));
    if (*hours > 0)
        answer["hours"] = hoursJson(m_engine.hours(), ownNow(), *hours);
    call.answer(std::move(answer));
}

void ControlMethods::hour(ControlCall call)
{
    const auto at = call.params().find("at");
    const auto moment = at == call.params().end() ? std::nullopt : control::momentOf(*at);
    if (!moment) {
        call.answer(wrong("at must be a time in milliseconds since 1970"));
        return;
    }
    call.answer(hourJson(m_engine.hours(), *moment, ownNow()));
}

void ControlMethods::safety(ControlCall call)
{
    const auto run = call.params().find("run");
    if (run != call.params().end() && !run->is_boolean()) {
        call.answer(wrong("run must be true or false"));
        return;
    }
    if (run == call.params().end() || !run->get<bool>()) {
        call.answer(safetyJson(m_engine.status().safety));
        return;
    }
    const Result<ExitSafety> safety = m_engine.attackHome();
    if (safety)
        call.answer(safetyJson(*safety));
    else
        call.answer(unexpected(safety.error()));
}

void ControlMethods::diagnose(ControlCall call)
{
    call.answer(diagnosis(m_engine.status(), checkTunnelPrivileges(m_engine.config().tunnel)));
}

void ControlMethods::listLog(ControlCall call)
{
    constexpr auto Most = static_cast<std::int64_t>(log::MaxRingLines);
    const auto count = readNumber(call.params(), "lines", 1, Most, Most);
    if (!count) {
        call.answer(unexpected(count.error()));
        return;
    }
    Json lines = Json::array();
    for (const log::RingLine &line : m_log.last(static_cast<std::size_t>(*count)))
        lines.push_back({{"time", line.time.ms},
                         {"level", log::toString(line.level)},
                         {"area", line.area},
                         {"text", line.text}});
    call.answer(Json{{"lines", lines}});
}

void ControlMethods::engineChanged()
{
    // The engine ends a pause by itself, too.
    if (m_settings.pausedUntil && wallNow() >= *m_settings.pausedUntil) {
        m_settings.pausedUntil.reset();
        if (const Result<void> written = write(); !written)
            log::warning("noded", "cannot keep the settings", {{"error", written.error().detail}});
    }
    if (m_engine.status().limitReason == LimitReason::Volume)
        keepFigures();
    tellSubscribers();
}

void ControlMethods::tellSubscribers()
{
    if (!m_server.hasSubscribers())
        return;
    Json status = statusNow();
    if (status == m_lastTold)
        return;
    m_lastTold = std::move(status);
    m_server.notifySubscribers("status", m_lastTold);
}

void ControlMethods::keepFigures()
{
    m_hours.keep(m_engine.hours(), monotonicNow());
    const UsageLedger &usage = m_engine.usage();
    if (usage == m_keptUsage || !m_faults.usage.empty())
        return;
    const Result<void> written =
        control::writeSettings(usageFile(m_engine.config().dataDir), usageToFile(usage));
    if (written)
        m_keptUsage = usage;
    else
        log::warning("noded", "cannot keep the history", {{"error", written.error().detail}});
}

Result<void> ControlMethods::write()
{
    const std::string &dataDir = m_engine.config().dataDir;
    // The history first: settings that say "share" beside one that cannot be read are safe.
    const Result<void> usage =
        replace(m_faults.usage, usageFile(dataDir), usageToFile(m_engine.usage()));
    if (!usage)
        return usage;
    const Json settings = settingsToFile(m_settings);
    if (m_faults.settings.empty())
        return control::writeSettings(settingsFile(dataDir), settings);
    return replace(m_faults.settings, settingsFile(dataDir), settings);
}

Result<void> ControlMethods::replace(std::string &fault, const std::string &path, const Json &file)
{
    if (fault.empty())
        return {};
    const Result<std::string> kept = control::replaceDamaged(path, file);
    if (!kept)
        return unexpected(kept.error());
    log::info("noded", "a damaged file is kept", {{"as", *kept}});
    fault.clear();
    return {};
}

} // namespace higgs::node
