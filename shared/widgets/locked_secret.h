// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the desktop's Secret Service holds an entry behind a lock: QtKeychain does not find
// such a one when it reads, and says that it is gone when it deletes.
#pragma once

#include <QString>
#include <functional>

class QObject;

namespace higgs::widgets {

/// Asks the session's bus and answers once, from the event loop, unless `context` is gone. False
/// also where there is no Secret Service.
void askLockedSecret(const QString &service, const QString &name, QObject *context,
                     std::function<void(bool)> answer);

} // namespace higgs::widgets
