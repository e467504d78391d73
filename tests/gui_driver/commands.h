// SPDX-License-Identifier: GPL-3.0-or-later
// What the driver can do with a window, each as a person would: through events of mouse and
// keyboard.
#pragma once

#include "tests/gui_driver/loop_watch.h"

#include <QJsonObject>

namespace higgs::gui_driver {

/// Answers one command: {"do": VERB, ...} -> {"ok": true, ...} or {"ok": false, "error": TEXT}.
/// What may open a menu or a dialogue, and so not return for long, is done after the answer was
/// given.
QJsonObject answer(const QJsonObject &command, LoopWatch &watch);

/// False in the midst of a click or a key, when the next command has to wait.
bool mayAct();

} // namespace higgs::gui_driver
