// SPDX-License-Identifier: GPL-3.0-or-later
// What services want of the relay's sessions, on the relay's threads.
#pragma once

#include "server/relay/relay_hub.h"
#include "server/services/session_life.h"

namespace higgs::server {

/// Ends and extends sessions on the relay.
class HubControl : public RelayControl
{
public:
    explicit HubControl(relay::RelayHub &hub) : m_hub(hub) {}
    /// The relay itself ends a session so much later than it expires: where others may have renewed
    /// it, that is decided by who can look.
    void setSlack(Milliseconds slack) { m_slack = slack; }

    void setExpiry(const SessionId &session, BootTime expiresAt) override;
    void endSession(const SessionId &session, std::uint16_t code, std::string_view reason) override;
    void releaseSession(const SessionId &session, std::uint16_t code,
                        std::string_view reason) override;
    void candidatesForClient(const SessionId &session, std::string text) override;

private:
    relay::RelayHub &m_hub;
    Milliseconds m_slack{0};
};

} // namespace higgs::server
