// SPDX-License-Identifier: GPL-3.0-or-later
// An operator's invitation: a link that carries a server's address, its certificate's pin, and an
// access key of its own. Pure.
#pragma once

#include "shared/base/secret.h"
#include "shared/control/server_url.h"

#include <optional>

namespace higgs::control {

struct Invitation
{
    /// Of whoever invites; the longest name of a host fits four times.
    static constexpr std::size_t MaxFrom = 64;
    /// As a server makes them, several times over.
    static constexpr std::size_t MaxKey = 256;

    ServerUrl server;
    std::string pin{};    ///< 64 lower-case hex digits; empty: the system's authorities are trusted
    std::string from{};   ///< who says to invite, as any link may claim: plain text; empty: nobody
    SecretText key{};     ///< the access key; empty: none
    bool toShare = false; ///< the home's connection, with HiggsNode

    [[nodiscard]] Invitation copy() const { return {server, pin, from, key.copy(), toShare}; }
    friend bool operator==(const Invitation &, const Invitation &) = default;
};

/// "higgs://join?pin=SHA256&key=KEY&for=share&from=NAME&server=HOST[:PORT]" in any order, as it
/// came from a mail, a web page or a QR code: everything in it is hostile, and a person must see
/// server and pin before it is used. The server is written as parseServerUrl() takes it, the pin as
/// parsePin(); the key is isCredentialText(), the name isPlainText(); all may be percent-encoded,
/// and all but the server may be absent. InvalidArgument for anything else, an unknown or repeated
/// parameter included: a link that asks for more than this version knows must not be half obeyed.
/// Links are kept in histories: a key that is in one should be nobody else's, have an end, and be
/// revoked when the link went astray.
Result<Invitation> parseInvitation(std::string_view text);

/// The server in use, and how its certificate is known: as Invitation says it.
struct TrustedServer
{
    ServerUrl url;
    std::string pin{};
};

/// What an invitation would change.
enum class InvitationChange : std::uint8_t {
    First,       ///< no server is in use
    Same,        ///< nothing but, perhaps, the access key
    Server,      ///< another server
    Certificate, ///< the same server's name by another certificate, or by any that an authority
                 ///< vouches for: what somebody on the way there would have one accept
};
InvitationChange changeBy(const Invitation &invitation,
                          const std::optional<TrustedServer> &present);

/// What to hand to somebody: parseInvitation() of it gives the same again.
std::string invitationText(const Invitation &invitation);

/// Overwrites invitations among a program's arguments, where every user of the machine reads them
/// for as long as it runs. For right after they were read.
void hideInvitations(int argc, char *argv[]);

/// A certificate's SHA-256 as tools print it, 64 hex digits with or without colons between the
/// bytes, to 64 lower-case digits. InvalidArgument otherwise.
Result<std::string> parsePin(std::string_view text);

/// "AB:CD:..." for people to compare; `pin` as parsePin() gives it.
std::string pinText(std::string_view pin);

/// The pin's first 96 bits in six words that can be read out by telephone, as "lusab babad ...":
/// each is two bytes, by turns of a consonant's four bits and a vowel's two (Wilkerson, "A Proposal
/// for Proquints"). Whoever makes another certificate of the same words has to try 2^96.
std::string checkWords(std::string_view pin);

} // namespace higgs::control
