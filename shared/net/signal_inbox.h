// SPDX-License-Identifier: GPL-3.0-or-later
// What the signal link brought and nobody has dealt with yet: an offer that is taken back before
// that never was. A program that stood still hears at once of all that was asked of it meanwhile,
// and each session that it takes costs it a tenth of a second. Pure.
#pragma once

#include "shared/protocol/relay_message.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace higgs {

class SignalInbox
{
public:
    /// Then it is to be taken first: more than a burst of clients makes.
    static constexpr std::size_t Most = 256;

    void add(protocol::SignalMessage message)
    {
        const auto isOffer = [&](const protocol::SignalMessage &each) {
            return each.sessionId == message.sessionId &&
                   std::holds_alternative<protocol::SessionConnect>(each.payload);
        };
        const bool ends = std::holds_alternative<protocol::SessionDisconnect>(message.payload);
        const auto offer = std::find_if(m_waiting.begin(), m_waiting.end(), isOffer);
        if (ends && offer != m_waiting.end())
            std::erase_if(m_waiting, [&](const protocol::SignalMessage &each) {
                return each.sessionId == message.sessionId;
            });
        // Also then: it may have been offered before, too.
        m_waiting.push_back(std::move(message));
    }
    [[nodiscard]] bool isFull() const { return m_waiting.size() >= Most; }
    std::vector<protocol::SignalMessage> take() { return std::exchange(m_waiting, {}); }

private:
    std::vector<protocol::SignalMessage> m_waiting; ///< in the order in which they came
};

} // namespace higgs
