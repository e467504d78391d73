// SPDX-License-Identifier: GPL-3.0-or-later
// A REST request as text. Pure; refuses tokens that could smuggle in a header.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <optional>
#include <string>

namespace higgs {

struct ApiRequest
{
    std::string method = "GET";
    std::string target; ///< "/api/v1/..."
    std::string body;   ///< JSON; empty: none
    SecretText bearer;
    SecretText accessKey;
    /// May be sent again when the connection broke after it had been sent.
    bool repeatable = true;
};

/// InvalidArgument if a token or key has characters that no header may carry.
Result<std::string> formatApiRequest(const ApiRequest &request, const std::string &host,
                                     std::uint16_t port);

/// When a question is put again after its connection failed.
inline constexpr Milliseconds ApiRetryBase{200};
inline constexpr Milliseconds ApiRetryCap{2'000};
/// How long one attempt waits for its answer.
inline constexpr Milliseconds ApiAttemptTimeout{4'000};
/// On a far line: doubled with each attempt that took too long, up to this.
inline constexpr Milliseconds ApiLongestPatience{20'000};

} // namespace higgs
