// SPDX-License-Identifier: GPL-3.0-or-later
// A person chooses a file, something is written there, and a line says how it went.
#pragma once

#include "shared/base/result.h"

#include <QString>
#include <functional>

class QWidget;

namespace higgs::widgets {

class Label;

/// `told` is hidden until there is something to say; nothing happens where no file is chosen.
void saveByDialog(QWidget *parent, const QString &title, const QString &usualName,
                  const std::function<Result<void>(const QString &path)> &save, Label &told);

} // namespace higgs::widgets
