// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/join.h"

#include "shared/control/pasted_text.h"
#include "shared/control/terminal_input.h"

namespace higgs::control {

namespace {

constexpr std::size_t LongestLink = 8'192; // with what is pasted around it

} // namespace

std::string trustText(const std::string &pin)
{
    return pin.empty() ? "Its certificate is checked against this system's authorities."
                       : "Its certificate must have the SHA-256 " + pinText(pin) +
                             "\n(check words: " + checkWords(pin) + ").";
}

std::string invitationSummary(const Invitation &invitation)
{
    return (invitation.from.empty() ? "The invitation names"
                                    : "\"" + invitation.from + "\" says to invite you to") +
           " the server " + serverUrlText(invitation.server) + ".\n" + trustText(invitation.pin) +
           (invitation.key.empty() ? "" : "\nAn access key of your own comes with it.");
}

Json serverParams(const Invitation &invitation)
{
    Json params = {{"url", serverUrlText(invitation.server)}};
    if (!invitation.pin.empty())
        params["pin"] = invitation.pin;
    if (!invitation.key.empty())
        params["accessKey"] = invitation.key.reveal();
    return params;
}

void wipeMember(Json &params, const char *name)
{
    const auto found = params.find(name);
    if (found == params.end() || !found->is_string())
        return;
    auto &text = found->get_ref<std::string &>();
    wipe({reinterpret_cast<std::uint8_t *>(text.data()), text.size()});
}

Result<Invitation> acceptedInvitation(const CommandLine &line)
{
    SecretText given;
    if (line.positionals().size() > 1) {
        given = SecretText(line.positionals()[1]);
    } else {
        Result<SecretText> read = readSecretLine("Invitation: ", LongestLink);
        if (!read)
            return unexpected(read.error());
        given = std::move(*read);
    }
    Result<Invitation> invitation = parseInvitation(pasted(given.reveal()));
    if (!invitation || line.has("yes"))
        return invitation;
    const Result<bool> agreed = confirmed(invitationSummary(*invitation) +
                                          "\nAll connections will go by this server. Use it?");
    if (!agreed)
        return unexpected(ErrorCode::InvalidArgument,
                          "join asks before it changes the server, and " + agreed.error().detail +
                              ": give --yes");
    if (!*agreed)
        return unexpected(ErrorCode::Cancelled, "nothing was changed");
    return invitation;
}

} // namespace higgs::control
