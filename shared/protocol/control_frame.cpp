// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/control_frame.h"

namespace higgs::protocol {

Result<void> appendControlFrame(std::string &out, std::string_view json)
{
    if (json.empty() || json.size() > MaxControlFrame)
        return unexpected(ErrorCode::TooLarge, "a control frame has 1 to 1048576 bytes");
    const auto length = static_cast<std::uint32_t>(json.size());
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        out.push_back(static_cast<char>((length >> shift) & 0xffU));
    out += json;
    return {};
}

void ControlFrameDecoder::push(ByteSpan bytes)
{
    if (m_broken)
        return;
    // Given-out bytes leave the buffer once per push, so that many small frames cost one move.
    m_buffer.erase(0, m_taken);
    m_taken = 0;
    m_buffer += asText(bytes);
}

Result<std::optional<std::string>> ControlFrameDecoder::next()
{
    const Unexpected refused =
        unexpected(ErrorCode::TooLarge, "the length of a control frame is out of range");
    if (m_broken)
        return refused;
    ByteReader reader(asBytes(m_buffer).subspan(m_taken));
    const std::optional<std::uint32_t> length = reader.u32();
    if (!length)
        return std::optional<std::string>{};
    if (*length == 0 || *length > MaxControlFrame) {
        m_broken = true;
        m_buffer.clear();
        m_buffer.shrink_to_fit();
        m_taken = 0;
        return refused;
    }
    const std::optional<ByteSpan> body = reader.bytes(*length);
    if (!body)
        return std::optional<std::string>{};
    std::string frame(asText(*body));
    m_taken += reader.position();
    return std::optional<std::string>(std::move(frame));
}

} // namespace higgs::protocol
