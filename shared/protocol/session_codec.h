// SPDX-License-Identifier: GPL-3.0-or-later
// The payload of `connect` as its two carriers share it: the signal link and a heartbeat's action.
#pragma once

#include "shared/protocol/field_reader.h"

namespace higgs::protocol {

/// Reads all but the session's id, which stands elsewhere in both carriers.
void readConnectPayload(const Json &json, const Place &place, SessionConnect &out);
/// Without "action" and "sessionId".
Json connectPayload(const SessionConnect &connect);

/// At least one and at most MaxCandidates, each with a port.
void readCandidates(FieldReader &reader, std::vector<Candidate> &out);

} // namespace higgs::protocol
