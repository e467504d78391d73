// SPDX-License-Identifier: GPL-3.0-or-later
// Every state of the client as a daemon tells it, for whoever looks at the window in all of them.
#pragma once

#include "tests/support/scripted_daemon.h"

#include <QString>
#include <functional>
#include <vector>

namespace higgs::test {

struct StateScene
{
    QString name;
    std::function<void(ScriptedDaemon &)> play;
};

const std::vector<StateScene> &stateScenes();

/// An answer to "receipt", with so many packets outside.
control::Json receiptOf(std::uint64_t outside, int gaps = 0);

/// Connected, with all there is to show.
void stand(ScriptedDaemon &daemon);
/// As nobody had asked for anything.
void reset(ScriptedDaemon &daemon);

} // namespace higgs::test
