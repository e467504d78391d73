// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/log_sampler.h"

namespace higgs::log {

bool LogSampler::admit(Monotonic now, const std::string &kind)
{
    auto found = m_windows.find(kind);
    if (found == m_windows.end()) {
        const bool room = m_windows.size() < MaxSampledKinds;
        found = m_windows.try_emplace(room ? kind : std::string("other"), Window{now, 0}).first;
    }
    return ++found->second.seen <= SampledInFull;
}

std::vector<LogSampler::Summary> LogSampler::due(Monotonic now)
{
    std::vector<Summary> summaries;
    for (auto it = m_windows.begin(); it != m_windows.end();) {
        const Window &window = it->second;
        if (now - window.began < SampleWindow) {
            ++it;
            continue;
        }
        if (window.seen > SampledInFull)
            summaries.push_back({it->first, window.seen - SampledInFull,
                                 std::chrono::duration_cast<Milliseconds>(now - window.began)});
        it = m_windows.erase(it);
    }
    return summaries;
}

} // namespace higgs::log
