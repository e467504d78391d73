// SPDX-License-Identifier: GPL-3.0-or-later
// An operator's invitation: a link that carries a server's address and its certificate's pin.
// Pure.
#pragma once

#include "shared/control/server_url.h"

namespace higgs::control {

struct Invitation
{
    ServerUrl server;
    std::string pin; ///< 64 lower-case hex digits; empty: the system's authorities are trusted

    friend bool operator==(const Invitation &, const Invitation &) = default;
};

/// "higgs://join?server=HOST[:PORT]&pin=SHA256", as it came from a mail, a web page or a QR code:
/// everything in it is hostile, and a person must see server and pin before it is used. The server
/// is written as parseServerUrl() takes it, the pin as parsePin(); either may be percent-encoded.
/// InvalidArgument for anything else, an unknown or repeated parameter included: a link that asks
/// for more than this version knows must not be half obeyed. There is no parameter for an access
/// key, because links are kept in histories and command lines.
Result<Invitation> parseInvitation(std::string_view text);

/// What to hand to somebody: parseInvitation() of it gives the same again.
std::string invitationText(const Invitation &invitation);

/// A certificate's SHA-256 as tools print it, 64 hex digits with or without colons between the
/// bytes, to 64 lower-case digits. InvalidArgument otherwise.
Result<std::string> parsePin(std::string_view text);

/// "AB:CD:..." for people to compare; `pin` as parsePin() gives it.
std::string pinText(std::string_view pin);

} // namespace higgs::control
