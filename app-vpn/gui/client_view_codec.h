// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's JSON to the window's values. Pure, and total: whatever stands on the socket, the
// outcome is a value or an error.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "shared/protocol/json.h"

namespace higgs::vpn {

/// More than a list of places ever has; the rest is left away.
constexpr std::size_t MaxPlaces = 4096;

/// Unavailable: a daemon of another control version. Malformed: not a status. A missing member is
/// its empty value; an unknown problem, path or health is one that the window can show.
Result<ClientView> decodeClientView(const protocol::Json &status);

/// The answer of `countries`. Entries that are none are left away.
Result<std::vector<Place>> decodePlaces(const protocol::Json &answer);
using widgets::decodeChecks;
using widgets::decodeLog;

} // namespace higgs::vpn
