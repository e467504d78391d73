// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration with which a coturn serves this server's clients, and relays to nobody but the
// Internet.
#pragma once

#include "server/config.h"

#include <span>
#include <string>

namespace higgs::server {

/// `own`: addresses of the machine that the TURN server runs on, which it must not relay to. With
/// `secret` the text must be nobody else's to read; without it says where the secret belongs.
/// `config` has a TURN server.
std::string turnConfigText(const Config &config, std::span<const IpAddress> own, bool secret);

/// `turn-config [FILE]`. A file gets all of it and the mode 0600, the standard output too, but a
/// terminal gets no secret. Returns the exit code.
int turnConfigCommand(const Config &config);

} // namespace higgs::server
