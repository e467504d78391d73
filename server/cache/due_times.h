// SPDX-License-Identifier: GPL-3.0-or-later
// When each of many things has to be looked at, so that a tick touches those alone whose time has
// come.
#pragma once

#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace higgs::server {

/// One booking for each key at most. What is put off needs no word: it is looked at when it was
/// booked, and booked anew. Pure: time comes as an argument.
template <typename Key, typename Time, typename Hash = std::hash<Key>>
class DueTimes
{
public:
    /// Looks at `key` after `at`, or sooner if that is booked.
    void bookBy(const Key &key, Time at)
    {
        const auto [found, isNew] = m_booked.try_emplace(key, at);
        if (!isNew && found->second <= at)
            return;
        if (!isNew)
            m_order.erase({found->second, key});
        found->second = at;
        m_order.insert({at, key});
    }

    /// Looks at `key` after `at` and not before.
    void bookAnew(const Key &key, Time at)
    {
        forget(key);
        bookBy(key, at);
    }

    void forget(const Key &key)
    {
        const auto found = m_booked.find(key);
        if (found == m_booked.end())
            return;
        m_order.erase({found->second, key});
        m_booked.erase(found);
    }

    /// Those whose time was before `now`, the earliest first; `most` of them. They are booked no
    /// more.
    [[nodiscard]] std::vector<Key> take(Time now, std::size_t most = static_cast<std::size_t>(-1))
    {
        std::vector<Key> due;
        while (due.size() < most && !m_order.empty() && m_order.begin()->first < now) {
            due.push_back(m_order.begin()->second);
            m_booked.erase(due.back());
            m_order.erase(m_order.begin());
        }
        return due;
    }

    [[nodiscard]] std::size_t size() const { return m_booked.size(); }

private:
    std::set<std::pair<Time, Key>> m_order;
    std::unordered_map<Key, Time, Hash> m_booked;
};

} // namespace higgs::server
