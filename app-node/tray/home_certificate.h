// SPDX-License-Identifier: GPL-3.0-or-later
// The self-test's result on a sheet of paper, for those who live in the home and do not see this
// window.
#pragma once

#include "app-node/tray/safety_words.h"
#include "shared/base/result.h"

#include <QLocale>

namespace higgs::node {

/// HTML, of a test that has passed; `computer`: where the switch is.
QString certificateText(const SafetyReport &report, const QString &computer,
                        const QLocale &locale = QLocale());
/// One PDF in place of whatever was at `path`. System: the disk's words.
Result<void> saveCertificate(const QString &path, const QString &html);

} // namespace higgs::node
