// SPDX-License-Identifier: GPL-3.0-or-later
// Byte spans, a bounds-checked reader and writer, and strict hex and base64.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;
using MutableByteSpan = std::span<std::uint8_t>;

/// The characters of a string as bytes; the view must outlive the span.
ByteSpan asBytes(std::string_view text);
std::string_view asText(ByteSpan bytes);

/// Reads big-endian fields front to back. Every decoder's offsets go through one of these, so that
/// no decoder can read past its input: a short read returns nullopt and leaves the position alone.
class ByteReader
{
public:
    explicit ByteReader(ByteSpan input) : m_input(input) {}

    std::optional<std::uint8_t> u8();
    std::optional<std::uint16_t> u16();
    std::optional<std::uint32_t> u32();
    std::optional<std::uint64_t> u64();
    /// A view into the input of exactly `count` bytes.
    std::optional<ByteSpan> bytes(std::size_t count);
    bool skip(std::size_t count);

    [[nodiscard]] std::size_t position() const { return m_position; }
    [[nodiscard]] std::size_t remaining() const { return m_input.size() - m_position; }
    [[nodiscard]] ByteSpan rest() const { return m_input.subspan(m_position); }

private:
    ByteSpan m_input;
    std::size_t m_position = 0;
};

/// Appends big-endian fields to a buffer that the caller owns.
class ByteWriter
{
public:
    explicit ByteWriter(Bytes &out) : m_out(out) {}

    void u8(std::uint8_t value) { m_out.push_back(value); }
    void u16(std::uint16_t value);
    void u32(std::uint32_t value);
    void u64(std::uint64_t value);
    void bytes(ByteSpan value) { m_out.insert(m_out.end(), value.begin(), value.end()); }

private:
    Bytes &m_out;
};

std::string toHex(ByteSpan bytes);
/// Upper or lower case, even length, nothing else.
Result<Bytes> fromHex(std::string_view text);

enum class Base64 {
    Standard, ///< RFC 4648 section 4, padded
    Url,      ///< RFC 4648 section 5, without padding (JWT)
};

std::string toBase64(ByteSpan bytes, Base64 alphabet = Base64::Standard);
/// Accepts only the canonical spelling: right padding, no white space, unused bits zero.
Result<Bytes> fromBase64(std::string_view text, Base64 alphabet = Base64::Standard);

} // namespace higgs
