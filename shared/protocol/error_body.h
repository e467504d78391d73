// SPDX-License-Identifier: GPL-3.0-or-later
// The one shape of an error answer: {"error": {"code", "message", "details": [{path, message}]}}.
#pragma once

#include "shared/protocol/schema.h"

namespace higgs::protocol {

struct ErrorBody
{
    std::string code; ///< stable: "validation_failed", "unauthorized", ...
    std::string message;
    Faults details;

    friend bool operator==(const ErrorBody &, const ErrorBody &) = default;
};

Result<ErrorBody> decodeErrorBody(const Json &json, Faults *faults = nullptr);
/// `details` is left out when empty.
Json toJson(const ErrorBody &body);

} // namespace higgs::protocol
