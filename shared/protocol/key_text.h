// SPDX-License-Identifier: GPL-3.0-or-later
// A WireGuard public key as the wire carries it: canonical base64 of 32 bytes, nothing else.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <string_view>

namespace higgs::protocol {

/// Says nothing of the point itself: low-order keys are found by crypto's PublicKey::parse(text()).
class KeyText
{
public:
    KeyText() = default;
    static Result<KeyText> parse(std::string_view base64);

    [[nodiscard]] const std::string &text() const { return m_text; }
    [[nodiscard]] bool isNull() const { return m_text.empty(); }

    friend bool operator==(const KeyText &, const KeyText &) = default;
    friend auto operator<=>(const KeyText &, const KeyText &) = default;

private:
    std::string m_text;
};

} // namespace higgs::protocol
