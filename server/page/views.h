// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator's page shows: answers of the admin verbs to whole documents. Pure, and total on
// any answer.
#pragma once

#include "server/page/html.h"
#include "server/page/words.h"
#include "shared/protocol/json.h"

#include <deque>
#include <optional>

namespace higgs::server {

enum class View { Overview, Nodes, Keys, Sessions };

/// Who looks at it.
struct Viewer
{
    Language language = Language::English;
    std::string formWord; ///< comes back with every form
};

/// What was relayed lately, in bits a second, oldest first.
using FlowHistory = std::deque<std::pair<double, double>>; ///< to nodes, to clients

/// Each is a whole document.
std::string signInPage(Language language, std::optional<Word> wrong);
std::string overviewPage(const Viewer &viewer, const protocol::Json &overview,
                         const FlowHistory &flows);
/// `answer` of node.list; `pendingOnly` is what was asked.
std::string nodesPage(const Viewer &viewer, const protocol::Json &answer, bool pendingOnly);
/// `made`: the text of a key that was made just now, to be shown this once.
std::string keysPage(const Viewer &viewer, const protocol::Json &answer, std::string_view made);
std::string sessionsPage(const Viewer &viewer, const protocol::Json &answer);
/// Something was not done; `why` is the verb's sentence.
std::string failedPage(const Viewer &viewer, View view, std::string_view why);

// What both files of views draw.
Html documentOf(Language language, const Html &inside);
Html pageOf(const Viewer &viewer, View current, const Html &inside);
Html say(Language language, Word word);
enum class Mood { Good, Busy, Bad, Rest };
/// An icon of its own form, and the words in its colour.
Html stateOf(Mood mood, const Html &words);
/// A form of one button, which does `action` to `subject`.
struct Doing
{
    std::string_view action;
    std::string_view field;
    std::string_view subject;
    Word word;
    std::optional<Word> warning; ///< asked first, by opening
};
Html formOf(const Viewer &viewer, const Doing &doing);

} // namespace higgs::server
