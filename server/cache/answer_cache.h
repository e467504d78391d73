// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of answers that are the same for everybody, for about a second: a list of all nodes is
// written once for all who ask, and those who are slow to take it share one text.
#pragma once

#include "shared/base/clock.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace higgs::server {

/// Pure: time comes as an argument.
class AnswerCache
{
public:
    using Text = std::shared_ptr<const std::string>;
    using Cost = Monotonic::duration;

    static constexpr Milliseconds Life{1000};
    /// An answer that was dear is kept longer, so that making it anew takes at most a twentieth of
    /// the thread, whoever asks and whatever changes.
    static constexpr int CostFactor = 20;
    /// One for each country, and the whole.
    static constexpr std::size_t MaxAnswers = 256;

    /// What an answer says: it is made anew when this differs.
    struct Revision
    {
        std::uint64_t nodes = 0;
        std::uint64_t sessions = 0;

        friend bool operator==(const Revision &, const Revision &) = default;
    };

    /// Null when there is none that may still be given.
    [[nodiscard]] Text find(Monotonic now, const std::string &key, const Revision &revision) const;
    /// `cost`: how long it took to make.
    Text put(Monotonic now, const std::string &key, const Revision &revision, std::string text,
             Cost cost);

private:
    struct Answer
    {
        Text text;
        Revision revision;
        Monotonic made;
        Cost cost{};
    };

    std::unordered_map<std::string, Answer> m_answers;
};

} // namespace higgs::server
