// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace higgs::protocol {

namespace {

using Decoded = Result<std::optional<ProxyHeader>>;

constexpr std::string_view Signature1 = "PROXY ";
constexpr std::size_t MaxLine = 107; // section 2.1, with CR LF
constexpr std::array<std::uint8_t, 12> Signature2 = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                     0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::size_t FixedSize = 16; // section 2.2
constexpr std::uint8_t Version2 = 0x20;
constexpr std::uint8_t Stream4 = 0x11;
constexpr std::uint8_t Stream6 = 0x21;

Unexpected malformed(const char *what)
{
    return unexpected(ErrorCode::Malformed, std::string("PROXY header: ") + what);
}

template <typename Signature>
bool mayBecome(ByteSpan bytes, const Signature &signature)
{
    const std::size_t common = std::min<std::size_t>(bytes.size(), signature.size());
    return std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(common),
                      signature.begin(),
                      [](std::uint8_t a, auto b) { return a == static_cast<std::uint8_t>(b); });
}

/// The next word of a line; words are parted by one space.
std::string_view takeWord(std::string_view &line)
{
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

/// Decimal without a sign or leading zeros.
std::optional<std::uint16_t> portOf(std::string_view word)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), port);
    const bool plain = word.size() == 1 || (!word.empty() && word.front() != '0');
    if (error != std::errc() || end != word.data() + word.size() || !plain)
        return std::nullopt;
    return port;
}

Decoded decodeLine(ByteSpan bytes)
{
    const std::string_view text = asText(bytes.first(std::min(bytes.size(), MaxLine)));
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) {
        if (bytes.size() >= MaxLine)
            return malformed("the line does not end");
        return std::optional<ProxyHeader>();
    }
    ProxyHeader header;
    header.size = end + 2;
    std::string_view line = text.substr(Signature1.size(), end - Signature1.size());
    const std::string_view family = takeWord(line);
    if (family == "UNKNOWN")
        return std::optional(header);
    if (family != "TCP4" && family != "TCP6")
        return malformed("unknown family");
    const Result<IpAddress> source = IpAddress::parse(takeWord(line));
    const Result<IpAddress> destination = IpAddress::parse(takeWord(line));
    const std::optional<std::uint16_t> sourcePort = portOf(takeWord(line));
    const std::optional<std::uint16_t> destinationPort = portOf(takeWord(line));
    const bool isV6 = family == "TCP6";
    if (!source || !destination || source->isV6() != isV6 || destination->isV6() != isV6)
        return malformed("bad address");
    if (!sourcePort || !destinationPort || !line.empty())
        return malformed("bad port");
    header.source = Endpoint{source->unmapped(), *sourcePort};
    return std::optional(header);
}

/// The source of an address block (section 2.2): source, destination, their ports.
template <std::size_t Size>
Endpoint sourceOf(ByteSpan block)
{
    const auto address = std::span<const std::uint8_t, Size>(block.first<Size>());
    const auto port = static_cast<std::uint16_t>(block[2 * Size] << 8 | block[2 * Size + 1]);
    if constexpr (Size == 4)
        return {IpAddress::v4(address), port};
    else
        return {IpAddress::v6(address).unmapped(), port};
}

Decoded decodeBinary(ByteSpan bytes)
{
    if (bytes.size() < FixedSize)
        return std::optional<ProxyHeader>();
    const std::uint8_t command = bytes[12];
    const std::uint8_t family = bytes[13];
    const std::size_t length = static_cast<std::size_t>(bytes[14] << 8 | bytes[15]);
    if ((command & 0xF0) != Version2 || (command & 0x0F) > 1)
        return malformed("unknown version or command");
    if ((family >> 4) > 3 || (family & 0x0F) > 2)
        return malformed("unknown family");
    if (FixedSize + length > MaxProxyHeader)
        return unexpected(ErrorCode::TooLarge, "PROXY header: too long");
    const bool isLocal = (command & 0x0F) == 0;
    const std::size_t needed = isLocal ? 0 : family == Stream4 ? 12 : family == Stream6 ? 36 : 0;
    if (length < needed)
        return malformed("no room for the addresses");
    if (bytes.size() < FixedSize + length)
        return std::optional<ProxyHeader>();
    ProxyHeader header;
    header.size = FixedSize + length;
    const ByteSpan block = bytes.subspan(FixedSize, length);
    if (!isLocal && family == Stream4)
        header.source = sourceOf<4>(block);
    else if (!isLocal && family == Stream6)
        header.source = sourceOf<16>(block);
    return std::optional(header);
}

} // namespace

Decoded decodeProxyHeader(ByteSpan bytes)
{
    if (mayBecome(bytes, Signature2))
        return bytes.size() < Signature2.size() ? Decoded(std::optional<ProxyHeader>())
                                                : decodeBinary(bytes);
    if (mayBecome(bytes, Signature1))
        return bytes.size() < Signature1.size() ? Decoded(std::optional<ProxyHeader>())
                                                : decodeLine(bytes);
    return malformed("there is none");
}

} // namespace higgs::protocol
