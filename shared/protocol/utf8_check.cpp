// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/utf8_check.h"

#include <cstring>

namespace higgs::protocol {

bool Utf8Check::feed(ByteSpan bytes)
{
    if (m_bad)
        return false;
    std::size_t i = 0;
    while (i < bytes.size()) {
        if (m_needed == 0 && bytes.size() - i >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + i, 8);
            if ((word & 0x8080808080808080ULL) == 0) {
                i += 8;
                continue;
            }
        }
        const std::uint8_t byte = bytes[i++];
        if (m_needed > 0) {
            if (byte < m_low || byte > m_high) {
                m_bad = true;
                return false;
            }
            m_low = 0x80;
            m_high = 0xBF;
            --m_needed;
        } else if (!lead(byte)) {
            m_bad = true;
            return false;
        }
    }
    return true;
}

// The well-formed sequences of RFC 3629 section 4: the lead byte fixes the range of the next one.
bool Utf8Check::lead(std::uint8_t byte)
{
    if (byte < 0x80)
        return true;
    if (byte >= 0xC2 && byte <= 0xDF) {
        m_needed = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        m_needed = 2;
        m_low = byte == 0xE0 ? 0xA0 : 0x80;
        m_high = byte == 0xED ? 0x9F : 0xBF;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        m_needed = 3;
        m_low = byte == 0xF0 ? 0x90 : 0x80;
        m_high = byte == 0xF4 ? 0x8F : 0xBF;
    } else {
        return false;
    }
    return true;
}

} // namespace higgs::protocol
