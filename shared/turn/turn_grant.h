// SPDX-License-Identifier: GPL-3.0-or-later
// Which TURN servers may be used, by which credentials and until when, as the API's three answers
// say it: turnConfig with a route, /turn/ice and /turn/servers.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/rest_turn.h"
#include "shared/turn/turn_url.h"

#include <optional>

namespace higgs {

/// Movable, not copyable, as all that holds a password.
struct TurnGrant
{
    static constexpr std::size_t MaxUrls = 16;

    std::vector<TurnUrl> urls; ///< in the order in which they are to be tried
    std::string username;
    SecretText password;
    Monotonic renewAt; ///< ask for new ones from then on
    Monotonic expires;

    [[nodiscard]] bool isValid(Monotonic now) const { return now < expires; }
    [[nodiscard]] bool shouldRenew(Monotonic now) const { return now >= renewAt; }
    [[nodiscard]] TurnGrant copy() const;
};

/// Of several servers with credentials the first that has a URL which is spoken here; its URLs with
/// UDP before TCP before TLS. Nothing when there is none: a server need not have TURN. What the
/// answer does not say is taken from its arrival on, by TurnCredentialLife.
std::optional<TurnGrant> grantFrom(const protocol::IceServersResponse &answer, Monotonic now);
std::optional<TurnGrant> grantFrom(const protocol::TurnServersResponse &answer, Monotonic now);

} // namespace higgs
