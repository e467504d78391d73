// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd's journal wants of lines on stderr: a priority before each, and no time of their
// own.
#pragma once

#include "shared/base/log.h"

namespace higgs::log {

/// `named` is the environment's JOURNAL_STREAM (systemd.exec(5)), or null. Set once by main(),
/// before threads start: true when stderr is that stream, and lines are written for it from now on.
bool useJournal(const char *named);

/// "<4>" for a warning (sd-daemon(3)); empty where stderr is no journal.
std::string_view priorityPrefix(Level level);

} // namespace higgs::log
