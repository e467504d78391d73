// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/log_sampler.h"

namespace higgs::log {

bool LogSampler::admit(Monotonic now, const std::string &kind)
{
    auto found = m_windows.find(kind);
    if (found == m_windows.end()) {
        const std::string name = m_windows.size() < m_kinds ? kind : "other";
        const auto [made, fresh] = m_windows.try_emplace(name, Window{now, 0});
        if (fresh)
            m_order.push_back(name);
        found = made;
    }
    return ++found->second.seen <= m_inFull;
}

std::vector<LogSampler::Summary> LogSampler::due(Monotonic now)
{
    std::vector<Summary> summaries;
    while (!m_order.empty()) {
        const auto first = m_windows.find(m_order.front());
        const Window &window = first->second;
        if (now - window.began < SampleWindow)
            break;
        if (window.seen > m_inFull)
            summaries.push_back({first->first, window.seen - m_inFull,
                                 std::chrono::duration_cast<Milliseconds>(now - window.began)});
        m_windows.erase(first);
        m_order.pop_front();
    }
    return summaries;
}

} // namespace higgs::log
