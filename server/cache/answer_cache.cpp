// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/answer_cache.h"

namespace higgs::server {

AnswerCache::Text AnswerCache::find(Monotonic now, const std::string &key,
                                    const Revision &revision) const
{
    const auto found = m_answers.find(key);
    if (found == m_answers.end())
        return nullptr;
    const Answer &answer = found->second;
    const Monotonic::duration age = now - answer.made;
    const bool isCurrent = answer.revision == revision && age < Life;
    return isCurrent || age < answer.cost * CostFactor ? answer.text : nullptr;
}

AnswerCache::Text AnswerCache::put(Monotonic now, const std::string &key, const Revision &revision,
                                   std::string text, Cost cost)
{
    // Nobody asks for most of them twice in their time.
    std::erase_if(m_answers, [now](const auto &entry) {
        const Answer &answer = entry.second;
        return now - answer.made >= std::max<Cost>(Life, answer.cost * CostFactor);
    });
    if (m_answers.size() >= MaxAnswers)
        m_answers.clear();
    Text shared = std::make_shared<const std::string>(std::move(text));
    m_answers[key] = {shared, revision, now, cost};
    return shared;
}

} // namespace higgs::server
