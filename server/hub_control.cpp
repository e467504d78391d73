// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hub_control.h"

namespace higgs::server {

void HubControl::setExpiry(const SessionId &session, BootTime expiresAt)
{
    m_hub.setExpiry(session, monotonicNow() + (expiresAt - bootNow()) + m_slack);
}

void HubControl::endSession(const SessionId &session, std::uint16_t code, std::string_view reason)
{
    m_hub.endSession(session, code, reason);
}

void HubControl::releaseSession(const SessionId &session, std::uint16_t code,
                                std::string_view reason)
{
    m_hub.releaseSession(session, code, reason);
}

void HubControl::candidatesForClient(const SessionId &session, std::string text)
{
    m_hub.candidatesForClient(session, std::move(text));
}

} // namespace higgs::server
