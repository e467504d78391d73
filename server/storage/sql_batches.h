// SPDX-License-Identifier: GPL-3.0-or-later
// Many rows a statement: what is written by the clock.
#pragma once

#include "server/storage/prepared_statements.h"
#include "server/storage/records.h"

namespace higgs::server::sql {

Result<void> touchNodes(PreparedStatements &statements,
                        const std::vector<std::pair<NodeId, WallTime>> &seen);
Result<void> writeMetrics(PreparedStatements &statements,
                          const std::vector<MetricsRecord> &minutes);
/// The number of rows that have gone, `most` at most.
Result<std::size_t> sweepSessions(PreparedStatements &statements, WallTime now, std::size_t most);
Result<std::size_t> trimMetrics(PreparedStatements &statements, WallTime before, std::size_t most);

} // namespace higgs::server::sql
