// SPDX-License-Identifier: GPL-3.0-or-later
// What a system call that failed on a socket's or a lock's file is told as.
#pragma once

#include "shared/base/result.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace higgs::control {

/// Of errno. Permission: the operating system says no; System: any other reason.
inline Unexpected systemError(const std::string &what)
{
    const int number = errno;
    const ErrorCode code =
        number == EACCES || number == EPERM ? ErrorCode::Permission : ErrorCode::System;
    return unexpected(code, what + ": " + std::strerror(number));
}

} // namespace higgs::control
