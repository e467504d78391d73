// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs that ask about, open and close the tunnel; the others are in setting_methods.cpp.
#include "app-vpn/daemon/control_methods.h"

#include "app-vpn/daemon/boot_block.h"
#include "app-vpn/daemon/diagnosis.h"
#include "app-vpn/daemon/receipt_json.h"
#include "shared/base/log.h"
#include "shared/control/settings_file.h"

#include <array>

namespace higgs::vpn {

using control::ControlCall;

namespace {

constexpr Seconds FiguresInterval{1};

std::string pastFile(const std::string &dataDir)
{
    return dataDir + "/past-trips.json";
}

} // namespace

ControlMethods::ControlMethods(ControlParts parts, ControlFacts facts, Settings settings)
    : m_server(parts.server),
      m_engine(parts.engine),
      m_log(parts.log),
      m_facts(std::move(facts)),
      m_settings(std::move(settings))
{
    if (const auto past = control::readSettings(pastFile(m_facts.dataDir)); past)
        m_past = PastTrips::fromJson(*past);
    addMethods();
    connect(&m_engine, &ClientEngine::statusChanged, this, &ControlMethods::engineChanged);
    connect(&m_figures, &QTimer::timeout, this, &ControlMethods::tellSubscribers);
    connect(&m_figures, &QTimer::timeout, this, &ControlMethods::noteTrip);
    m_figures.start(FiguresInterval);
}

std::string ControlMethods::settingsFile(const std::string &dataDir)
{
    return dataDir + "/settings.json";
}

void ControlMethods::addMethods()
{
    constexpr std::array Verbs = {
        std::pair{"status", &ControlMethods::tellStatus},
        std::pair{"subscribe", &ControlMethods::subscribe},
        std::pair{"connect", &ControlMethods::connectTo},
        std::pair{"cancelSwitch", &ControlMethods::cancelSwitch},
        std::pair{"disconnect", &ControlMethods::disconnectFrom},
        std::pair{"countries", &ControlMethods::listCountries},
        std::pair{"diagnose", &ControlMethods::diagnose},
        std::pair{"receipt", &ControlMethods::tellReceipt},
        std::pair{"restoreNetwork", &ControlMethods::restoreNetwork},
        std::pair{"set", &ControlMethods::set},
        std::pair{"pause", &ControlMethods::pause},
        std::pair{"resume", &ControlMethods::endPause},
        std::pair{"configureServer", &ControlMethods::configureServer},
        std::pair{"setAccessKey", &ControlMethods::setAccessKey},
        std::pair{"exclude", &ControlMethods::exclude},
        std::pair{"log", &ControlMethods::listLog},
    };
    for (const auto &[name, verb] : Verbs)
        m_server.addMethod(
            name, [this, method = verb](ControlCall call) { (this->*method)(std::move(call)); });
}

void ControlMethods::resume()
{
    if (m_settings.pausedUntil && m_settings.wish) {
        // One that is over: the wish is taken up, and the file is told of it then.
        m_engine.adoptPause(*m_settings.wish, pauseAt(m_settings, wallNow()).value_or(WallTime()));
        return;
    }
    // Nobody has taken it back: not a reboot, not a crash, whatever is left of the block.
    if (m_settings.wish) {
        m_engine.connectTunnel(*m_settings.wish);
        return;
    }
    if (!m_settings.autoconnect)
        return;
    if (const Result<ConnectRequest> request = readRequest(Json::object(), m_settings))
        begin(*request);
}

void ControlMethods::begin(const ConnectRequest &request)
{
    // The block first: a full disk must not leave the line open.
    m_engine.connectTunnel(request);
    m_settings.wish = m_engine.status().request; // none, if it could not be begun
    m_settings.pausedUntil.reset();
    save();
}

void ControlMethods::noticeExclusion()
{
    if (m_facts.exclusion.reason().empty() && !m_engine.canExclude())
        m_facts.exclusion.giveUp("this machine's kernel cannot translate addresses");
}

Json ControlMethods::statusNow()
{
    noticeExclusion();
    const ClientStatus status = m_engine.status();
    StatusFrame frame{status, m_settings, std::nullopt, m_engine.needsAccessKey(),
                      m_engine.hasAccessKey()};
    if (!m_engine.serverHost().empty())
        frame.server =
            ConfiguredServer{m_engine.serverHost(), m_engine.serverPort(), m_engine.serverTrust()};
    frame.bootBlock = bootBlockEnabled();
    frame.leaks = m_engine.leakReceipt();
    frame.settingsFault = m_facts.settingsFault;
    frame.exclude = {m_facts.exclusion.reason(), m_facts.exclusion.running(monotonicNow())};
    return statusJson(frame);
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

void ControlMethods::connectTo(ControlCall call)
{
    const Result<ConnectRequest> request = readRequest(call.params(), m_settings);
    if (!request) {
        call.answer(unexpected(request.error()));
        return;
    }
    begin(*request);
    call.answer(statusNow());
}

void ControlMethods::cancelSwitch(ControlCall call)
{
    if (const Result<void> back = m_engine.cancelSwitch(); !back) {
        call.answer(unexpected(back.error()));
        return;
    }
    m_settings.wish = m_engine.status().request;
    save();
    call.answer(statusNow());
}

void ControlMethods::disconnectFrom(ControlCall call)
{
    const std::string note = forget();
    m_engine.disconnectTunnel();
    Json answer = statusNow();
    if (!note.empty())
        answer["note"] = note;
    call.answer(std::move(answer));
}

void ControlMethods::restoreNetwork(ControlCall call)
{
    // A machine that is given back must not lose its line again at the next start.
    const bool lockdown = std::exchange(m_settings.policy.lockdown, false);
    std::string note = forget();
    if (!note.empty() && lockdown)
        note += ", and lockdown will be on again";
    const Result<std::string> restored = m_engine.restoreNetwork();
    if (!restored) {
        call.answer(unexpected(restored.error()));
        return;
    }
    if (!restored->empty())
        note += (note.empty() ? "" : "; ") + ("a file stays, which does no harm: " + *restored);
    Json answer = statusNow();
    if (!note.empty())
        answer["note"] = note;
    call.answer(std::move(answer));
}

void ControlMethods::listCountries(ControlCall call)
{
    // Shared, because a continuation must be copyable.
    auto kept = std::make_shared<ControlCall>(std::move(call));
    m_engine.locations({this, [this, kept](const Result<protocol::LocationsResponse> &locations) {
                            if (locations)
                                kept->answer(placesJson(protocol::toJson(*locations),
                                                        m_engine.serverRttMs(), m_past));
                            else
                                kept->answer(unexpected(locations.error()));
                        }});
}

void ControlMethods::diagnose(ControlCall call)
{
    auto kept = std::make_shared<ControlCall>(std::move(call));
    m_engine.locations(
        {this, [this, kept](const Result<protocol::LocationsResponse> &locations) {
             const std::string name =
                 m_engine.serverHost().empty()
                     ? std::string("no server")
                     : m_engine.serverHost() + ":" + std::to_string(m_engine.serverPort());
             const Result<std::size_t> places =
                 locations ? Result<std::size_t>(locations->locations.size())
                           : Result<std::size_t>(unexpected(locations.error()));
             m_engine.verifyBlock();
             kept->answer(
                 diagnosis(m_engine.status(), checkTunnelPrivileges(m_facts.tunnel), name, places));
         }});
}

void ControlMethods::tellReceipt(ControlCall call)
{
    m_engine.verifyBlock();
    call.answer(receiptJson(m_engine.leakReceipt()));
}

void ControlMethods::engineChanged()
{
    noteReturn();
    // The engine ends a pause by itself, too. Forgotten only when the block is up, or a daemon
    // that dies in between would leave the bare line open for good.
    const ClientStatus status = m_engine.status();
    const bool settled = status.killSwitch || status.state == ClientState::Disconnected;
    if (m_settings.pausedUntil && !status.pausedUntil && settled) {
        m_settings.pausedUntil.reset();
        save();
    }
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

/// Who was asked for in vain is no wish any more: a restart goes where the tunnel stands.
void ControlMethods::noteReturn()
{
    const ClientStatus status = m_engine.status();
    if (!status.switchFault || !m_settings.wish || status.request == m_settings.wish)
        return;
    m_settings.wish = status.request;
    save();
}

void ControlMethods::noteTrip()
{
    const ClientStatus status = m_engine.status();
    if (status.state != ClientState::Connected || !status.rttMs ||
        !m_past.note(status.session.text(), status.country, status.region, *status.rttMs))
        return;
    if (const Result<void> kept =
            control::writeSettings(pastFile(m_facts.dataDir), m_past.toJson());
        !kept)
        log::debug("vpnd", "cannot keep how long round trips were",
                   {{"error", kept.error().detail}});
}

Result<void> ControlMethods::write()
{
    const std::string file = settingsFile(m_facts.dataDir);
    if (m_facts.settingsFault.empty())
        return control::writeSettings(file, settingsToFile(m_settings));
    const Result<std::string> kept = control::replaceDamaged(file, settingsToFile(m_settings));
    if (!kept)
        return unexpected(kept.error());
    log::warning("vpnd", "the settings are written anew, and the damaged ones are kept",
                 {{"file", *kept}});
    m_facts.settingsFault.clear();
    return {};
}

std::string ControlMethods::forget()
{
    m_settings.wish.reset();
    m_settings.pausedUntil.reset();
    const Result<void> written = write();
    if (written)
        return {};
    log::warning("vpnd", "what was taken back cannot be written down",
                 {{"error", written.error().detail}});
    return "this could not be written down (" + written.error().detail +
           "): after a restart it is as it was before";
}

void ControlMethods::save()
{
    if (const Result<void> written = write(); !written)
        log::warning("vpnd", "cannot keep the settings", {{"error", written.error().detail}});
}

} // namespace higgs::vpn
