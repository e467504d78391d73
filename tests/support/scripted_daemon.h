// SPDX-License-Identifier: GPL-3.0-or-later
// A higgs-vpnd that plays what a test tells it, on a real control socket: the windows' tests press
// real buttons against it.
#pragma once

#include "tests/support/scripted_control.h"

namespace higgs::test {

/// Answers as a daemon that is in no hurry: `connect` ends in "connecting" until the test says
/// connected() or blocked(). Lives on one thread with an event loop.
class ScriptedDaemon : public ScriptedControl
{
public:
    ScriptedDaemon();

    void connected(const std::string &country, const std::string &region);
    /// The kill switch holds, for this reason.
    void blocked(const std::string &problem, const std::string &detail = {});
    void disconnected();

    /// What the server says of keys once it is asked for its places; null: it does not say.
    void setAccessNeeded(Json needed) { m_accessNeeded = std::move(needed); }
    Json &places() { return m_places; }
    Json &checks() { return m_checks; }
    Json &logLines() { return m_logLines; }

private:
    void addMethods() override;
    Result<Json> connectTunnel(const Json &params);
    Result<Json> disconnectTunnel();
    Result<Json> set(const Json &params);
    Result<Json> pause(const Json &params);
    Result<Json> configureServer(const Json &params);

    Json m_places;
    Json m_accessNeeded;
    Json m_checks;
    Json m_logLines;
};

} // namespace higgs::test
