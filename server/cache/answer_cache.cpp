// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/answer_cache.h"

#include <algorithm>

namespace higgs::server {

AnswerCache::Text AnswerCache::find(Monotonic now, const std::string &key,
                                    const Revision &revision) const
{
    const auto found = m_answers.find(key);
    if (found == m_answers.end())
        return nullptr;
    const Answer &answer = found->second;
    const Monotonic::duration age = now - answer.made;
    const bool isCurrent = answer.revision == revision ||
                           (answer.revision.membership == revision.membership && age < Life);
    return isCurrent || age < answer.cost * CostFactor ? answer.text : nullptr;
}

AnswerCache::Answers::iterator AnswerCache::drop(Answers::iterator answer)
{
    m_bytes -= answer->second.text->size();
    return m_answers.erase(answer);
}

AnswerCache::Text AnswerCache::put(Monotonic now, const std::string &key, const Revision &revision,
                                   std::string text, Cost cost)
{
    if (const auto old = m_answers.find(key); old != m_answers.end())
        drop(old);
    const std::size_t room =
        m_limits.answerCacheBytes - std::min(m_limits.answerCacheBytes, text.size());
    while (!m_answers.empty() && (m_bytes > room || m_answers.size() >= MaxAnswers))
        drop(std::min_element(m_answers.begin(), m_answers.end(), [](const auto &a, const auto &b) {
            return a.second.made < b.second.made;
        }));
    m_bytes += text.size();
    Text shared = std::make_shared<const std::string>(std::move(text));
    m_answers[key] = {shared, revision, now, cost};
    return shared;
}

} // namespace higgs::server
