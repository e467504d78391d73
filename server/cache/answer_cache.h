// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of answers that are the same for everybody, for about a second: a list of all nodes is
// written once for all who ask, and those who are slow to take it share one text.
#pragma once

#include "server/limits.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace higgs::server {

/// Pure: time comes as an argument. Within Limits::answerCacheBytes, but for a single answer that
/// is larger: the oldest give way.
class AnswerCache
{
public:
    using Text = std::shared_ptr<const std::string>;
    using Cost = Monotonic::duration;

    /// A change of figures is shown after this at the latest; one that nothing has changed since is
    /// never made anew.
    static constexpr Milliseconds Life{1000};
    /// An answer that was dear is kept longer, so that making it anew takes at most a twentieth of
    /// the thread, whoever asks and whatever changes.
    static constexpr int CostFactor = 20;
    /// One for each country, and the whole.
    static constexpr std::size_t MaxAnswers = 256;

    /// What an answer says. What came or went is to be seen at once, figures when Life has passed.
    struct Revision
    {
        std::uint64_t membership = 0;
        std::uint64_t figures = 0;

        friend bool operator==(const Revision &, const Revision &) = default;
    };

    /// `limits` must outlive it.
    explicit AnswerCache(const Limits &limits) : m_limits(limits) {}

    /// Null when there is none that may still be given.
    [[nodiscard]] Text find(Monotonic now, const std::string &key, const Revision &revision) const;
    /// `cost`: how long it took to make.
    Text put(Monotonic now, const std::string &key, const Revision &revision, std::string text,
             Cost cost);
    [[nodiscard]] std::size_t bytes() const { return m_bytes; }

private:
    struct Answer
    {
        Text text;
        Revision revision;
        Monotonic made;
        Cost cost{};
    };
    using Answers = std::unordered_map<std::string, Answer>;

    Answers::iterator drop(Answers::iterator answer);

    const Limits &m_limits;
    Answers m_answers;
    std::size_t m_bytes = 0; ///< of the texts
};

} // namespace higgs::server
