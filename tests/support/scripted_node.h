// SPDX-License-Identifier: GPL-3.0-or-later
// A higgs-noded that plays what a test tells it, on a real control socket.
#pragma once

#include "tests/support/scripted_control.h"

namespace higgs::test {

/// Begins as a daemon that was just installed: off, without consent, with a server.
class ScriptedNode : public ScriptedControl
{
public:
    ScriptedNode();

    /// The owner has agreed.
    void agreed();
    void sharing(int guests);
    void problem(const std::string &code, const std::string &detail = {});
    void limited(const std::string &reason, Json until = nullptr);

    Json &guests() { return m_guests; }
    Json &days() { return m_days; }
    Json &hours() { return m_hours; }
    Json &hour() { return m_hour; }
    std::function<void(std::int64_t at)> onHour; ///< each time that it is asked for
    Json &attempts() { return m_attempts; }
    Json &checks() { return m_checks; }
    Json &logLines() { return m_logLines; }

private:
    void addMethods() override;
    Result<Json> setSharing(const Json &params);
    Result<Json> setConsent(const Json &params);
    Result<Json> setLimits(const Json &params);
    Result<Json> set(const Json &params);
    Result<Json> pause(const Json &params);
    Result<Json> configureServer(const Json &params);
    Result<Json> endGuest(const Json &params);
    Result<Json> safety(const Json &params);
    void off();

    Json m_guests = Json::array();
    Json m_days = Json::array();
    Json m_hours = Json::array();
    Json m_hour{{"from", 1793714400000},
                {"to", 1793718000000},
                {"known", true},
                {"knownSince", 1790000000000},
                {"rxBytes", 1'000'000'000},
                {"txBytes", 2'500'000},
                {"guests", 2}};
    Json m_attempts;
    Json m_checks;
    Json m_logLines = Json::array();
};

/// A row of the safety table.
control::Json attempt(const char *kind, const char *target, bool ok = true);

} // namespace higgs::test
