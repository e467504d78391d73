// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs that change what the client remembers: settings, server, access key, pause; and those
// that tell of the daemon itself.
#include "app-vpn/daemon/control_methods.h"

#include "shared/control/plain_text.h"
#include "shared/control/server_url.h"

namespace higgs::vpn {

using control::ControlCall;

namespace {

constexpr std::int64_t LongestPauseMinutes =
    std::chrono::duration_cast<std::chrono::minutes>(LongestPause).count();
/// As the file of --access-key-file.
constexpr std::size_t MaxAccessKey = 4096;
constexpr std::size_t MaxUrl = 512;

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

/// A text member; nullopt when absent or null.
Result<std::optional<std::string>> textOf(const Json &params, const char *name, std::size_t most)
{
    const auto found = params.find(name);
    if (found == params.end() || found->is_null())
        return std::optional<std::string>();
    if (!found->is_string() || found->get_ref<const std::string &>().size() > most)
        return wrong(std::string(name) + " must be a text of at most " + std::to_string(most) +
                     " characters");
    return std::optional<std::string>(found->get<std::string>());
}

/// What goes into an HTTP header: no control characters, and no way to smuggle another line.
Result<SecretText> accessKeyOf(const Json &params, const char *name)
{
    const auto text = textOf(params, name, MaxAccessKey);
    if (!text)
        return unexpected(text.error());
    const std::string key = text->value_or("");
    if (!control::isCredentialText(key))
        return wrong(std::string(name) + " must be printable text without spaces");
    return SecretText(key);
}

Result<std::int64_t> numberOf(const Json &params, const char *name, std::int64_t least,
                              std::int64_t most)
{
    const auto found = params.find(name);
    const bool good = found != params.end() && found->is_number_integer();
    const std::int64_t number = good ? found->get<std::int64_t>() : least - 1;
    if (number < least || number > most)
        return wrong(std::string(name) + " must be a number from " + std::to_string(least) +
                     " to " + std::to_string(most));
    return number;
}

struct Wanted
{
    ConfiguredServer server;
    SecretText accessKey;
};

Result<Wanted> readServer(const Json &params)
{
    const auto text = textOf(params, "url", MaxUrl);
    const auto pin = textOf(params, "pin", MaxUrl);
    if (!text || !pin)
        return unexpected(text ? pin.error() : text.error());
    const Result<control::ServerUrl> url = control::parseServerUrl(text->value_or(""));
    if (!url)
        return unexpected(url.error());
    Wanted wanted;
    wanted.server = {url->host, url->port, {}};
    if (*pin) {
        const Result<ServerTrust> trust = ServerTrust::parsePin(**pin);
        if (!trust)
            return wrong("pin must be the SHA-256 of a certificate, 64 hex digits");
        wanted.server.trust = *trust;
    }
    Result<SecretText> key = accessKeyOf(params, "accessKey");
    if (!key)
        return unexpected(key.error());
    wanted.accessKey = std::move(*key);
    return wanted;
}

} // namespace

void ControlMethods::set(ControlCall call)
{
    const auto key = textOf(call.params(), "key", MaxUrl);
    const auto value = textOf(call.params(), "value", MaxUrl);
    if (!key || !value) {
        call.answer(unexpected(key ? value.error() : key.error()));
        return;
    }
    if (!*key || (*key)->empty()) { // nothing to change: the answer tells what is set
        call.answer(settingsJson(m_settings));
        return;
    }
    const Settings before = m_settings;
    Result<void> done = change(m_settings, **key, value->value_or(""));
    // Written first: after a crash in between the machine is what the person asked for. But a block
    // does not wait for a disk, which may be full.
    const bool closes = m_settings.policy.lockdown && !before.policy.lockdown;
    const std::optional<ConnectRequest> held = m_engine.status().request;
    const std::optional<ConnectRequest> next =
        held ? requestAfter(before, m_settings, *held) : std::nullopt;
    if (next && m_settings.wish)
        m_settings.wish = next;
    if (done && closes)
        done = m_engine.setPolicy(m_settings.policy);
    if (done)
        done = write();
    if (!done && closes && m_engine.status().lockdown) {
        call.answer(
            unexpected(done.error().code,
                       "lockdown is on, but would not be after a restart: " + done.error().detail));
        return;
    }
    if (done && !closes)
        done = m_engine.setPolicy(m_settings.policy);
    if (!done) {
        m_settings = before;
        save();
        call.answer(unexpected(done.error()));
        return;
    }
    if (next)
        m_engine.changeWay(*next);
    if (m_settings.policy.lockdown && m_settings.pausedUntil) {
        m_settings.pausedUntil.reset();
        m_settings.wish.reset();
        save();
    }
    tellSubscribers();
    call.answer(settingsJson(m_settings));
}

void ControlMethods::pause(ControlCall call)
{
    const Result<std::int64_t> minutes = numberOf(call.params(), "minutes", 1, LongestPauseMinutes);
    if (!minutes) {
        call.answer(unexpected(minutes.error()));
        return;
    }
    const WallTime until = wallNow() + std::chrono::minutes(*minutes);
    const std::optional<ConnectRequest> request = m_engine.status().request;
    const Settings before = m_settings;
    if (request) {
        m_settings.wish = request;
        m_settings.pausedUntil = until;
        m_settings.pausedFrom = wallNow();
    }
    Result<void> done = write();
    if (done)
        done = m_engine.pauseTunnel(until);
    if (!done) {
        m_settings = before;
        save();
        call.answer(unexpected(done.error()));
        return;
    }
    call.answer(statusNow());
}

void ControlMethods::endPause(ControlCall call)
{
    m_engine.resumeTunnel();
    call.answer(statusNow());
}

void ControlMethods::configureServer(ControlCall call)
{
    if (m_facts.serverByOptions) {
        call.answer(unexpected(ErrorCode::Forbidden, "the server is set by the daemon's options"));
        return;
    }
    Result<Wanted> wanted = readServer(call.params());
    if (!wanted) {
        call.answer(unexpected(wanted.error()));
        return;
    }
    const ConfiguredServer &server = wanted->server;
    Result<void> done =
        m_engine.setServer(server.host, server.port, server.trust, std::move(wanted->accessKey));
    if (done) {
        m_settings.server = server;
        done = write();
    }
    if (!done) {
        call.answer(unexpected(done.error()));
        return;
    }
    call.answer(statusNow());
}

void ControlMethods::setAccessKey(ControlCall call)
{
    Result<SecretText> key = accessKeyOf(call.params(), "key");
    if (!key) {
        call.answer(unexpected(key.error()));
        return;
    }
    m_engine.setAccessKey(std::move(*key));
    call.answer(statusNow());
}

void ControlMethods::exclude(ControlCall call)
{
    const auto action = textOf(call.params(), "action", MaxUrl);
    if (!action || *action != "describe") {
        call.answer(wrong("action must be describe"));
        return;
    }
    noticeExclusion();
    call.answer(m_facts.exclusion.describe());
}

void ControlMethods::listLog(ControlCall call)
{
    const Result<std::int64_t> count =
        call.params().contains("lines")
            ? numberOf(call.params(), "lines", 1, static_cast<std::int64_t>(log::MaxRingLines))
            : Result<std::int64_t>(static_cast<std::int64_t>(log::MaxRingLines));
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

} // namespace higgs::vpn
