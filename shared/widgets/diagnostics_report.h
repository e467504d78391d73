// SPDX-License-Identifier: GPL-3.0-or-later
// The text behind "Copy report": sections of plain rows, redacted as a whole, in English, because
// whoever helps must be able to read it.
#pragma once

#include "shared/widgets/redaction.h"

#include <utility>
#include <vector>

namespace higgs::widgets {

struct ReportSection
{
    QString title;
    std::vector<std::pair<QString, QString>> rows; ///< a row without a name is a bare line
};

/// The program, the system and the desktop it runs on; nothing that names the person.
ReportSection systemSection(const QString &program);

QString reportText(const std::vector<ReportSection> &sections, const Redaction &redaction);

} // namespace higgs::widgets
