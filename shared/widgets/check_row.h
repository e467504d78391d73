// SPDX-License-Identifier: GPL-3.0-or-later
// One of the daemon's checks: a mark, the words, and under them the daemon's own.
#pragma once

#include "shared/widgets/daemon_answers.h"
#include "shared/widgets/diagnostics_report.h"

#include <QWidget>

namespace higgs::widgets {

class CheckRow : public QWidget
{
    Q_OBJECT

public:
    CheckRow(bool ok, const QString &words, const QString &detail, QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    bool m_ok;
};

/// For the report; none: not made yet.
ReportSection checksSection(const std::optional<Result<std::vector<Check>>> &checks);

} // namespace higgs::widgets
