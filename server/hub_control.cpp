// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hub_control.h"

namespace higgs::server {

void HubControl::setExpiry(const SessionId &session, BootTime expiresAt)
{
    m_hub.setExpiry(session, monotonicNow() + (expiresAt - bootNow()));
}

void HubControl::endSession(const SessionId &session, std::uint16_t code, std::string_view reason)
{
    m_hub.endSession(session, code, reason);
}

} // namespace higgs::server
