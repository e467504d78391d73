// SPDX-License-Identifier: GPL-3.0-or-later
// Incremental UTF-8 validation: text may be split anywhere, also inside a code point.
#pragma once

#include "shared/base/bytes.h"

namespace higgs::protocol {

/// Refuses overlong forms, surrogates and code points above U+10FFFF (RFC 3629) at the first byte
/// that can not be part of valid text.
class Utf8Check
{
public:
    /// False as soon as the text can not become valid any more; it stays false until reset().
    bool feed(ByteSpan bytes);
    /// True if the text so far is valid and does not end inside a code point.
    [[nodiscard]] bool complete() const { return m_needed == 0 && !m_bad; }
    void reset() { *this = Utf8Check(); }

private:
    bool lead(std::uint8_t byte);

    std::uint8_t m_needed = 0; ///< continuation bytes still to come
    std::uint8_t m_low = 0x80; ///< range of the next continuation byte
    std::uint8_t m_high = 0xBF;
    bool m_bad = false;
};

} // namespace higgs::protocol
