// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/join.h"

#include "shared/control/pasted_text.h"
#include "shared/control/terminal.h"
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

namespace {

std::string changeText(const Invitation &invitation, const std::optional<TrustedServer> &present)
{
    switch (changeBy(invitation, present)) {
    case InvitationChange::First:
        break;
    case InvitationChange::Same:
        return "\nIt is the server in use, with the same certificate.";
    case InvitationChange::Server:
        return "\nIt takes the place of " + serverUrlText(present->url) + ".";
    case InvitationChange::Certificate:
        return "\nBEWARE: this is the server in use, but its certificate would be another one than "
               "now. Agree only if "
               "its operator told you so.\nNow: " +
               trustText(present->pin);
    }
    return {};
}

} // namespace

std::optional<TrustedServer> serverInUse(const Json &status)
{
    if (!hasMember(status, "server"))
        return std::nullopt;
    const Json &server = status.at("server");
    const std::uint64_t port = countMember(server, "port");
    TrustedServer present{{textMember(server, "host"), static_cast<std::uint16_t>(port)}};
    if (present.url.host.empty() || port > UINT16_MAX)
        return std::nullopt;
    if (hasMember(server, "pin")) {
        const auto pin = parsePin(textMember(server, "pin"));
        present.pin = pin ? *pin : "?"; // not none, whatever it is
    }
    return present;
}

std::string invitationSummary(const Invitation &invitation,
                              const std::optional<TrustedServer> &present)
{
    return (invitation.from.empty() ? "The invitation names"
                                    : "\"" + invitation.from + "\" says to invite you to") +
           " the server " + serverUrlText(invitation.server) + ".\n" + trustText(invitation.pin) +
           (invitation.key.empty() ? "" : "\nAn access key of your own comes with it.") +
           changeText(invitation, present);
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

Result<Invitation> acceptedInvitation(const CommandLine &line,
                                      const std::function<Result<Json>()> &status)
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
    if (!invitation)
        return invitation;
    const Result<Json> told = status();
    const auto present =
        told ? serverInUse(*told) : std::nullopt; // who does not answer takes no server either
    if (line.has("yes") && changeBy(*invitation, present) == InvitationChange::Certificate)
        return unexpected(ErrorCode::Forbidden,
                          "this is the server in use, but with another certificate than now, and "
                          "--yes is not enough "
                          "for that: if its operator told you so, name both yourself: server " +
                              serverUrlText(invitation->server) +
                              (invitation->pin.empty() ? "" : " --pin " + invitation->pin));
    if (line.has("yes"))
        return invitation;
    const Result<bool> agreed = confirmed(invitationSummary(*invitation, present) +
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
