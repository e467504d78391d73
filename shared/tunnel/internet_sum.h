// SPDX-License-Identifier: GPL-3.0-or-later
// The one's complement sum of RFC 1071, for whole packets of a train: summed by machine words, and
// carried on from what is known already (RFC 1624).
#pragma once

#include "shared/base/bytes.h"

#include <array>
#include <cstring>

namespace higgs {

/// A sum that is not folded yet. It is one of 16-bit words in the machine's own order, which comes
/// to the same (RFC 1071 section 2 B) as long as it is stored as it is.
class InternetSum
{
public:
    InternetSum() = default;
    /// Continues from a field that holds a folded sum.
    static InternetSum fromField(const std::uint8_t *field)
    {
        std::uint16_t word = 0;
        std::memcpy(&word, field, sizeof word);
        InternetSum sum;
        sum.m_sum = word;
        return sum;
    }

    /// Begins at an even place of what is summed.
    void add(ByteSpan bytes)
    {
        const std::uint8_t *at = bytes.data();
        std::size_t left = bytes.size();
        std::uint64_t sum = 0;
        // 32 bits at a time leave room for 2^32 carries.
        for (; left >= 4; left -= 4, at += 4) {
            std::uint32_t word = 0;
            std::memcpy(&word, at, sizeof word);
            sum += word;
        }
        std::uint32_t last = 0;
        std::memcpy(&last, at, left);
        m_sum += (sum & 0xffffffffU) + (sum >> 32U) + last;
    }
    /// A 16-bit number of the packet.
    void addNumber(std::size_t value)
    {
        const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(value >> 8U),
                                                static_cast<std::uint8_t>(value)};
        add(bytes);
    }
    void subtractNumber(std::size_t value) { addNumber(~value & 0xffffU); }

    /// As a pseudo-header's sum stands in a field that is still to be finished.
    void store(std::uint8_t *field) const
    {
        const std::uint16_t word = folded();
        std::memcpy(field, &word, sizeof word);
    }
    /// As a checksum.
    void storeComplement(std::uint8_t *field) const
    {
        const auto word = static_cast<std::uint16_t>(~folded());
        std::memcpy(field, &word, sizeof word);
    }
    /// Of something that contains its own checksum: whether that is right.
    [[nodiscard]] bool isWhole() const { return folded() == 0xffff; }

private:
    [[nodiscard]] std::uint16_t folded() const
    {
        std::uint64_t sum = m_sum;
        while (sum >> 16U != 0)
            sum = (sum & 0xffffU) + (sum >> 16U);
        return static_cast<std::uint16_t>(sum);
    }

    std::uint64_t m_sum = 0;
};

} // namespace higgs
