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

    void setExpiry(const SessionId &session, BootTime expiresAt) override;
    void endSession(const SessionId &session, std::uint16_t code, std::string_view reason) override;

private:
    relay::RelayHub &m_hub;
};

} // namespace higgs::server
