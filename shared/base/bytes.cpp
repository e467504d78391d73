// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/bytes.h"

#include <array>

namespace higgs {

namespace {

constexpr std::string_view StandardAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view UrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t NoDigit = 0xff;

using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable digitTable(std::string_view alphabet)
{
    DigitTable table{};
    table.fill(NoDigit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}

constexpr DigitTable StandardDigits = digitTable(StandardAlphabet);
constexpr DigitTable UrlDigits = digitTable(UrlAlphabet);

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

template <typename T>
std::optional<T> readBigEndian(std::optional<ByteSpan> field)
{
    if (!field)
        return std::nullopt;
    T value = 0;
    for (const std::uint8_t byte : *field)
        value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) | byte);
    return value;
}

template <typename T>
void writeBigEndian(Bytes &out, T value)
{
    for (std::size_t shift = sizeof(T) * 8; shift > 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
}

} // namespace

ByteSpan asBytes(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

std::string_view asText(ByteSpan bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

std::optional<std::uint8_t> ByteReader::u8()
{
    return readBigEndian<std::uint8_t>(bytes(1));
}

std::optional<std::uint16_t> ByteReader::u16()
{
    return readBigEndian<std::uint16_t>(bytes(2));
}

std::optional<std::uint32_t> ByteReader::u32()
{
    return readBigEndian<std::uint32_t>(bytes(4));
}

std::optional<std::uint64_t> ByteReader::u64()
{
    return readBigEndian<std::uint64_t>(bytes(8));
}

std::optional<ByteSpan> ByteReader::bytes(std::size_t count)
{
    if (count > remaining())
        return std::nullopt;
    const ByteSpan field = m_input.subspan(m_position, count);
    m_position += count;
    return field;
}

bool ByteReader::skip(std::size_t count)
{
    return bytes(count).has_value();
}

void ByteWriter::u16(std::uint16_t value)
{
    writeBigEndian(m_out, value);
}

void ByteWriter::u32(std::uint32_t value)
{
    writeBigEndian(m_out, value);
}

void ByteWriter::u64(std::uint64_t value)
{
    writeBigEndian(m_out, value);
}

std::string toHex(ByteSpan bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4U]);
        text.push_back(digits[byte & 0x0fU]);
    }
    return text;
}

Result<Bytes> fromHex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return unexpected(ErrorCode::Malformed, "hex text of odd length");
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hexDigit(text[i]);
        const int low = hexDigit(text[i + 1]);
        if (high < 0 || low < 0)
            return unexpected(ErrorCode::Malformed, "not a hex digit");
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return bytes;
}

std::string toBase64(ByteSpan bytes, Base64 alphabet)
{
    const std::string_view digits = alphabet == Base64::Url ? UrlAlphabet : StandardAlphabet;
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = (group << 8U) | (j < count ? bytes[i + j] : 0U);
        for (std::size_t j = 0; j < 4; ++j) {
            if (j <= count)
                text.push_back(digits[(group >> (18U - 6U * j)) & 0x3fU]);
            else if (alphabet == Base64::Standard)
                text.push_back('=');
        }
    }
    return text;
}

Result<Bytes> fromBase64(std::string_view text, Base64 alphabet)
{
    const DigitTable &digits = alphabet == Base64::Url ? UrlDigits : StandardDigits;
    if (alphabet == Base64::Standard) {
        if (text.size() % 4 != 0)
            return unexpected(ErrorCode::Malformed, "base64 text of wrong length");
        for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i)
            text.remove_suffix(1);
    }
    const std::size_t tail = text.size() % 4;
    if (tail == 1)
        return unexpected(ErrorCode::Malformed, "base64 text of wrong length");

    Bytes bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : text) {
        const std::uint8_t digit = digits[static_cast<std::uint8_t>(c)];
        if (digit == NoDigit)
            return unexpected(ErrorCode::Malformed, "not a base64 digit");
        bits = (bits << 6U) | digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> have));
            bits &= (1U << have) - 1U;
        }
    }
    if (bits != 0)
        return unexpected(ErrorCode::Malformed, "base64 text with unused bits set");
    return bytes;
}

} // namespace higgs
