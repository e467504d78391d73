// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/control_methods.h"

#include "app-node/daemon/status_json.h"
#include "shared/control/settings_file.h"
#include "shared/tunnel/privileges.h"

#include <array>

namespace higgs::node {

using control::ControlCall;
using control::Json;

namespace {

constexpr Seconds FiguresInterval{1};

struct Limit
{
    const char *name;
    std::uint32_t NodeLimits::*member;
    std::uint32_t least;
    std::uint32_t most;
};
constexpr std::array Limits = {
    Limit{"maxGuests", &NodeLimits::maxGuests, 1, 10'000},
    Limit{"upMbps", &NodeLimits::upMbps, 0, 1'000'000},
    Limit{"downMbps", &NodeLimits::downMbps, 0, 1'000'000},
};

/// `base` with what `json` changes; InvalidArgument for anything out of range.
Result<NodeLimits> changedLimits(NodeLimits base, const Json &json)
{
    for (const Limit &limit : Limits) {
        const auto found = json.find(limit.name);
        if (found == json.end() || found->is_null())
            continue;
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() < limit.least ||
            found->get<std::uint64_t>() > limit.most)
            return unexpected(ErrorCode::InvalidArgument, std::string(limit.name) +
                                                              " must be a whole number from " +
                                                              std::to_string(limit.least) + " to " +
                                                              std::to_string(limit.most));
        base.*limit.member = found->get<std::uint32_t>();
    }
    return base;
}

} // namespace

OwnerSettings OwnerSettings::fromJson(const Json &json)
{
    OwnerSettings settings;
    settings.sharing = json.contains("sharing") && json.at("sharing") == true;
    if (json.contains("limits") && json.at("limits").is_object()) {
        if (const Result<NodeLimits> limits = changedLimits({}, json.at("limits")))
            settings.limits = *limits;
    }
    return settings;
}

Json OwnerSettings::toJson() const
{
    Json json = {{"sharing", sharing}};
    if (limits)
        json["limits"] = limitsJson(*limits);
    return json;
}

ControlMethods::ControlMethods(control::ControlServer &server, NodeEngine &engine,
                               TunnelKind tunnel, std::string settingsFile,
                               const OwnerSettings &settings)
    : m_server(server),
      m_engine(engine),
      m_tunnel(tunnel),
      m_settingsFile(std::move(settingsFile)),
      m_settings(settings)
{
    addMethods();
    connect(&m_engine, &NodeEngine::statusChanged, this, &ControlMethods::tellSubscribers);
    connect(&m_figures, &QTimer::timeout, this, &ControlMethods::tellSubscribers);
    m_figures.start(FiguresInterval);
}

void ControlMethods::addMethods()
{
    m_server.addMethod("status",
                       [this](ControlCall call) { call.answer(statusJson(m_engine.status())); });
    m_server.addMethod("subscribe", [this](ControlCall call) {
        call.subscribe();
        call.answer(statusJson(m_engine.status()));
    });
    m_server.addMethod("guests",
                       [this](ControlCall call) { call.answer(guestsJson(m_engine.status())); });
    m_server.addMethod("diagnose", [this](ControlCall call) {
        call.answer(diagnosis(m_engine.status(), checkTunnelPrivileges(m_tunnel)));
    });
    m_server.addMethod("setSharing", [this](ControlCall call) { setSharing(std::move(call)); });
    m_server.addMethod("limits", [this](ControlCall call) { setLimits(std::move(call)); });
}

void ControlMethods::setSharing(ControlCall call)
{
    const auto on = call.params().find("on");
    if (on == call.params().end() || !on->is_boolean()) {
        call.answer(unexpected(ErrorCode::InvalidArgument, "on must be true or false"));
        return;
    }
    m_settings.sharing = on->get<bool>();
    // First on disk: who switched off must not share again because of a restart.
    const Result<void> saved = save();
    if (!saved && m_settings.sharing) {
        call.answer(unexpected(saved.error()));
        return;
    }
    m_engine.setSharing(m_settings.sharing);
    if (saved)
        call.answer(statusJson(m_engine.status()));
    else
        call.answer(unexpected(saved.error()));
}

void ControlMethods::setLimits(ControlCall call)
{
    const NodeLimits before = m_engine.status().limits;
    const Result<NodeLimits> limits = changedLimits(before, call.params());
    if (!limits) {
        call.answer(unexpected(limits.error()));
        return;
    }
    if (*limits != before) {
        m_settings.limits = *limits;
        m_engine.setLimits(*limits);
        if (const Result<void> saved = save(); !saved) {
            call.answer(unexpected(saved.error()));
            return;
        }
    }
    call.answer(limitsJson(*limits));
}

void ControlMethods::tellSubscribers()
{
    if (!m_server.hasSubscribers())
        return;
    Json status = statusJson(m_engine.status());
    if (status == m_lastTold)
        return;
    m_lastTold = std::move(status);
    m_server.notifySubscribers("status", m_lastTold);
}

Result<void> ControlMethods::save()
{
    return control::writeSettings(m_settingsFile, m_settings.toJson());
}

} // namespace higgs::node
