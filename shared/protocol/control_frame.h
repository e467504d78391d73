// SPDX-License-Identifier: GPL-3.0-or-later
// Framing of the local control socket: a 4-byte big-endian length, then that many bytes of UTF-8
// JSON. Pure: bytes in, frames out.
#pragma once

#include "shared/base/bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace higgs::protocol {

/// The largest frame either side accepts or sends. A status with every guest of a full node is
/// under 300 KB; a length beyond this is garbage or an attack.
constexpr std::size_t MaxControlFrame = std::size_t{1} << 20;
constexpr std::size_t ControlFrameHeader = 4;

/// Appends one frame to `out`. TooLarge when `json` is empty or over MaxControlFrame; `out` is then
/// left as it was.
Result<void> appendControlFrame(std::string &out, std::string_view json);

/// Puts frames together from however the stream was cut. Memory is bounded by what was pushed and
/// not yet taken, and a length that is refused is refused before any of its body is kept.
class ControlFrameDecoder
{
public:
    /// Takes the next bytes of the stream; ignored after an error.
    void push(ByteSpan bytes);

    /// The next whole frame, nullopt when more bytes are needed. TooLarge for a length of 0 or over
    /// MaxControlFrame: the stream cannot be resynchronised, and every later call says the same.
    Result<std::optional<std::string>> next();

    /// True while a frame has begun but is not whole: what an idle time-out should look at.
    [[nodiscard]] bool midFrame() const { return m_buffer.size() > m_taken; }

private:
    std::string m_buffer;
    std::size_t m_taken = 0; ///< bytes at the front of m_buffer that were already given out
    bool m_broken = false;
};

} // namespace higgs::protocol
