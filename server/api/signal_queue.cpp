// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/signal_queue.h"

#include <utility>

namespace higgs::server {

bool SignalQueue::connect(const SessionId &session)
{
    if (m_connecting.contains(session))
        return true;
    if (m_items.size() >= MaxItems)
        return false;
    m_connecting.insert(session);
    m_items.push_back({SignalItem::Kind::Connect, session});
    return true;
}

bool SignalQueue::disconnect(const SessionId &session)
{
    if (m_items.size() >= MaxItems)
        return false;
    m_items.push_back({SignalItem::Kind::Disconnect, session});
    return true;
}

bool SignalQueue::text(const SessionId &session, std::string text)
{
    if (const auto waiting = m_texts.find(session); waiting != m_texts.end()) {
        waiting->second = std::move(text);
        return true;
    }
    if (m_texts.size() >= MaxTexts || m_items.size() >= MaxItems)
        return false;
    m_texts.emplace(session, std::move(text));
    m_items.push_back({SignalItem::Kind::Text, session});
    return true;
}

std::optional<SignalItem> SignalQueue::take()
{
    if (m_items.empty())
        return std::nullopt;
    SignalItem item = std::move(m_items.front());
    m_items.pop_front();
    if (item.kind == SignalItem::Kind::Connect)
        m_connecting.erase(item.session);
    if (item.kind == SignalItem::Kind::Text) {
        const auto waiting = m_texts.find(item.session);
        item.text = std::move(waiting->second);
        m_texts.erase(waiting);
    }
    return item;
}

} // namespace higgs::server
