// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/result.h"

namespace higgs {

const char *toString(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidArgument:
        return "invalid_argument";
    case ErrorCode::Malformed:
        return "malformed";
    case ErrorCode::TooLarge:
        return "too_large";
    case ErrorCode::NotFound:
        return "not_found";
    case ErrorCode::AlreadyExists:
        return "already_exists";
    case ErrorCode::Unauthorized:
        return "unauthorized";
    case ErrorCode::Forbidden:
        return "forbidden";
    case ErrorCode::RateLimited:
        return "rate_limited";
    case ErrorCode::Timeout:
        return "timeout";
    case ErrorCode::Unavailable:
        return "unavailable";
    case ErrorCode::Network:
        return "network";
    case ErrorCode::Untrusted:
        return "untrusted";
    case ErrorCode::Permission:
        return "permission";
    case ErrorCode::System:
        return "system";
    case ErrorCode::Cancelled:
        return "cancelled";
    case ErrorCode::Internal:
        return "internal";
    case ErrorCode::NotValidNow:
        return "not_valid_now";
    }
    return "internal";
}

} // namespace higgs
