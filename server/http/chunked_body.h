// SPDX-License-Identifier: GPL-3.0-or-later
// The chunked transfer coding (RFC 9112 section 7.1) as far as it is taken here: sizes and data.
// Extensions and trailers say nothing that this server wants to hear, and are refused, so that
// nothing but the body itself is ever kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace higgs::server {

class ChunkedBody
{
public:
    /// Enough for any body that is taken, leading zeros included.
    static constexpr unsigned MaxSizeDigits = 8;

    /// Decodes from the beginning of `input` onto `body`, up to `limit` bytes of it; returns how
    /// many bytes of the input were used. Stops when isDone() or fault().
    std::size_t decode(std::string_view input, std::string &body, std::size_t limit);
    [[nodiscard]] bool isDone() const { return m_state == State::Done; }
    /// 0, 400 or 413.
    [[nodiscard]] int fault() const { return m_fault; }

private:
    enum class State { Size, SizeLf, Bytes, BytesCr, BytesLf, LastCr, LastLf, Done };

    State afterSize(char c, std::size_t room);
    State expect(char c, char wanted, State next);

    State m_state = State::Size;
    std::uint64_t m_left = 0; ///< of the chunk
    unsigned m_digits = 0;
    int m_fault = 0;
};

/// Appends without ever taking more memory than `limit`.
void appendBounded(std::string &text, std::string_view more, std::size_t limit);

} // namespace higgs::server
