// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's checks in people's words, and the parts of the report that are about this program.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "shared/base/result.h"
#include "shared/widgets/diagnostics_report.h"

namespace higgs::vpn {

class DaemonLink;

/// "The server answers", for a check's code; the code itself for one that is not known here.
QString checkText(const Check &check);

widgets::ReportSection stateSection(const DaemonLink &link);

} // namespace higgs::vpn
