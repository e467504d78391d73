// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's checks in people's words, what it means that it cannot be spoken to, and its part of
// the report.
#pragma once

#include "app-node/tray/node_link.h"
#include "shared/widgets/diagnostics_report.h"
#include "shared/widgets/fault_page.h"

namespace higgs::node {

/// "The server answers", for a check's code; the code itself for one that is not known here.
QString checkText(const Check &check);
widgets::FaultWords faultWords(NodeLink &link);
/// English, as every report.
widgets::ReportSection stateSection(NodeLink &link);

} // namespace higgs::node
