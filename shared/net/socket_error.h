// SPDX-License-Identifier: GPL-3.0-or-later
// What the errno of a socket call means: nothing for now, or the end.
#pragma once

#include "shared/base/result.h"

#include <cerrno>
#include <cstring>

namespace higgs {

inline bool wouldBlock(int code)
{
    return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

inline Error socketError(const char *what, int code)
{
    return {ErrorCode::Network, std::string(what) + ": " + std::strerror(code)};
}

} // namespace higgs
