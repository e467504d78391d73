// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's checks in people's words, and the parts of the report that are about this program.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "shared/base/result.h"
#include "shared/widgets/diagnostics_report.h"

#include <QWidget>
#include <optional>

namespace higgs::vpn {

class DaemonLink;

/// "The server answers", for a check's code; the code itself for one that is not known here.
QString checkText(const Check &check);

/// A mark, the words, and under them the daemon's own.
class CheckRow : public QWidget
{
    Q_OBJECT

public:
    CheckRow(const Check &check, const QString &detail, QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    bool m_ok;
};

widgets::ReportSection stateSection(const DaemonLink &link);
widgets::ReportSection checksSection(const std::optional<Result<std::vector<Check>>> &checks);

} // namespace higgs::vpn
