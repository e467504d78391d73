// SPDX-License-Identifier: GPL-3.0-or-later
// What a node has yet to be told on its signal link: session ids, not texts, so that ten thousand
// sessions cost little until the socket has room for them. Pure.
#pragma once

#include "shared/base/ids.h"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace higgs::server {

/// One thing to be said. The text is made when the socket has room for it.
struct SignalItem
{
    enum class Kind {
        Connect,    ///< the session as it is then; nothing if it is gone
        Disconnect, ///< the session has ended
        Text,       ///< as it stands: candidates, an error
    };
    Kind kind = Kind::Connect;
    SessionId session;
    std::string text = {};
};

/// In the order in which things were put in. Connects and disconnects are never dropped: there are
/// no more of them than sessions, or the link has to go. Texts are, beyond MaxTexts.
class SignalQueue
{
public:
    /// Twice the sessions of a node at its limit: all of them end, and as many begin.
    static constexpr std::size_t MaxItems = 2 * 10'000 + 1'000;
    /// Candidates of clients for a node that does not read, each of at most 4 KB.
    static constexpr std::size_t MaxTexts = 128;

    /// Once for a session that waits already. False: too much waits, the link should be closed.
    bool connect(const SessionId &session);
    bool disconnect(const SessionId &session);
    /// Takes the place of an earlier text about the session. False: dropped, too many wait.
    bool text(const SessionId &session, std::string text);

    [[nodiscard]] bool empty() const { return m_items.empty(); }
    [[nodiscard]] std::size_t size() const { return m_items.size(); }
    /// The next thing to be said; nullopt when there is none.
    std::optional<SignalItem> take();

private:
    std::deque<SignalItem> m_items;
    std::unordered_set<SessionId> m_connecting;         ///< of m_items
    std::unordered_map<SessionId, std::string> m_texts; ///< of m_items, whose text is empty
};

} // namespace higgs::server
