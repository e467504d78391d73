// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong and the one thing to do about it, in words. Pure.
#pragma once

#include "app-node/tray/node_words.h"

namespace higgs::node {

/// Fills in what is to be said of view.problem.
void sayProblem(Words &words, const NodeView &view);

/// Why no guest comes to a home that carries some, in a sentence.
QString noneComesText(const NodeView &view);

} // namespace higgs::node
