// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/endpoint.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace higgs {

namespace {

// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), multicast and
// reserved space. For IPv6 the rule is the other way round: only 2000::/3 is global unicast at
// all, and these are the holes in it that lead elsewhere.
constexpr std::array<std::string_view, 15> NonGlobalV4 = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4"};
constexpr std::array<std::string_view, 9> NonGlobalV6 = {
    "::/3",          // unspecified, loopback, IPv4-mapped, NAT64 (64:ff9b::), discard (100::)
    "2001::/23",     // IETF protocol assignments: Teredo, ORCHID, benchmarking
    "2001:db8::/32", // documentation
    "2002::/16",     // 6to4: carries any IPv4 address inside
    "3fff::/20",     // documentation (RFC 9637)
    "4000::/2",      // not assigned as global unicast
    "8000::/2",      "c000::/3",
    "e000::/3", // ULA, link-local, site-local, multicast
};

std::optional<unsigned> parseNumber(std::string_view text, unsigned limit)
{
    unsigned value = 0;
    if (text.empty() || (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > limit)
        return std::nullopt;
    return value;
}

bool prefixMatches(ByteSpan a, ByteSpan b, unsigned length)
{
    const std::size_t whole = length / 8;
    if (std::memcmp(a.data(), b.data(), whole) != 0)
        return false;
    const unsigned rest = length % 8;
    if (rest == 0)
        return true;
    const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
    return ((a[whole] ^ b[whole]) & mask) == 0;
}

std::size_t hashBytes(ByteSpan bytes, std::size_t seed)
{
    return std::hash<std::string_view>{}(asText(bytes)) ^ (seed * 0x9e3779b97f4a7c15ULL);
}

} // namespace

IpAddress IpAddress::v4(std::uint32_t hostOrder)
{
    IpAddress address;
    address.m_family = Family::V4;
    for (unsigned i = 0; i < 4; ++i)
        address.m_bytes[i] = static_cast<std::uint8_t>(hostOrder >> (24U - 8U * i));
    return address;
}

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> networkOrder)
{
    IpAddress address;
    address.m_family = Family::V4;
    std::copy(networkOrder.begin(), networkOrder.end(), address.m_bytes.begin());
    return address;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> networkOrder)
{
    IpAddress address;
    address.m_family = Family::V6;
    std::copy(networkOrder.begin(), networkOrder.end(), address.m_bytes.begin());
    return address;
}

IpAddress IpAddress::any(Family family)
{
    IpAddress address;
    address.m_family = family;
    return address;
}

IpAddress IpAddress::loopback(Family family)
{
    IpAddress address = any(family);
    if (family == Family::V4)
        return v4(INADDR_LOOPBACK);
    address.m_bytes[15] = 1;
    return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text)
{
    // inet_pton wants a terminated string; the longest address text has 45 characters.
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (text.size() >= buffer.size() || text.find('\0') != std::string_view::npos)
        return unexpected(ErrorCode::Malformed, "not an IP address");
    std::copy(text.begin(), text.end(), buffer.begin());
    IpAddress address;
    if (inet_pton(AF_INET, buffer.data(), address.m_bytes.data()) == 1) {
        address.m_family = Family::V4;
        return address;
    }
    address.m_bytes = {};
    if (inet_pton(AF_INET6, buffer.data(), address.m_bytes.data()) == 1) {
        address.m_family = Family::V6;
        return address;
    }
    return unexpected(ErrorCode::Malformed, "not an IP address");
}

bool IpAddress::isLoopback() const
{
    if (isV4())
        return m_bytes[0] == 127;
    return isV6() && *this == loopback(Family::V6);
}

bool IpAddress::isUnspecified() const
{
    return *this == any(m_family);
}

bool IpAddress::isV4Mapped() const
{
    constexpr std::array<std::uint8_t, 12> prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return isV6() && std::equal(prefix.begin(), prefix.end(), m_bytes.begin());
}

IpAddress IpAddress::unmapped() const
{
    if (!isV4Mapped())
        return *this;
    return v4(std::span<const std::uint8_t, 4>(m_bytes.data() + 12, 4));
}

IpAddress IpAddress::mapped() const
{
    if (!isV4())
        return *this;
    std::array<std::uint8_t, 16> bytes{};
    bytes[10] = bytes[11] = 0xff;
    std::copy_n(m_bytes.begin(), 4, bytes.begin() + 12);
    return v6(bytes);
}

ByteSpan IpAddress::bytes() const
{
    const std::size_t size = isNull() ? 0 : (isV4() ? 4 : 16);
    return {m_bytes.data(), size};
}

std::uint32_t IpAddress::toV4() const
{
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i)
        value = (value << 8U) | m_bytes[i];
    return value;
}

std::string IpAddress::toString() const
{
    if (isNull())
        return {};
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    inet_ntop(isV4() ? AF_INET : AF_INET6, m_bytes.data(), buffer.data(), buffer.size());
    return buffer.data();
}

Result<Endpoint> Endpoint::parse(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return unexpected(ErrorCode::Malformed, "no port");
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    const auto port = parseNumber(text.substr(colon + 1), 65535);
    const Result<IpAddress> address = IpAddress::parse(host);
    if (!port || !address || address->isV6() != bracketed)
        return unexpected(ErrorCode::Malformed, "not an address and port");
    return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

Endpoint Endpoint::fromSockaddr(const sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        return {IpAddress::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof in);
        return {IpAddress::v6(std::span<const std::uint8_t, 16>(in.sin6_addr.s6_addr)),
                ntohs(in.sin6_port)};
    }
    return {};
}

unsigned Endpoint::toSockaddr(sockaddr_storage &out) const
{
    out = {};
    if (address.isV4()) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        in.sin_addr.s_addr = htonl(address.toV4());
        std::memcpy(&out, &in, sizeof in);
        return sizeof in;
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(in.sin6_addr.s6_addr, address.bytes().data(), address.bytes().size());
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
}

std::string Endpoint::toString() const
{
    const std::string host = address.toString();
    return (address.isV6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<IpPrefix> IpPrefix::parse(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const Result<IpAddress> address = IpAddress::parse(text.substr(0, slash));
    if (!address)
        return unexpected(ErrorCode::Malformed, "not a prefix");
    const unsigned bits = address->isV4() ? 32 : 128;
    if (slash == std::string_view::npos)
        return IpPrefix{*address, bits};
    const auto length = parseNumber(text.substr(slash + 1), bits);
    if (!length)
        return unexpected(ErrorCode::Malformed, "not a prefix length");
    for (unsigned bit = *length; bit < bits; ++bit) {
        if (address->bytes()[bit / 8] & (0x80U >> (bit % 8)))
            return unexpected(ErrorCode::Malformed, "host bits are set in a prefix");
    }
    return IpPrefix{*address, *length};
}

bool IpPrefix::contains(const IpAddress &candidate) const
{
    return candidate.family() == address.family() && !candidate.isNull() &&
           prefixMatches(address.bytes(), candidate.bytes(), length);
}

std::string IpPrefix::toString() const
{
    return address.toString() + "/" + std::to_string(length);
}

bool isGlobalUnicast(const IpAddress &address)
{
    if (address.isNull())
        return false;
    const auto prefixes = nonGlobalPrefixes(address.family());
    return std::none_of(prefixes.begin(), prefixes.end(), [&](std::string_view text) {
        return IpPrefix::parse(text)->contains(address);
    });
}

std::span<const std::string_view> nonGlobalPrefixes(IpAddress::Family family)
{
    if (family == IpAddress::Family::V4)
        return NonGlobalV4;
    return NonGlobalV6;
}

} // namespace higgs

std::size_t std::hash<higgs::IpAddress>::operator()(const higgs::IpAddress &address) const noexcept
{
    return higgs::hashBytes(address.bytes(), static_cast<std::size_t>(address.family()));
}

std::size_t std::hash<higgs::Endpoint>::operator()(const higgs::Endpoint &endpoint) const noexcept
{
    return higgs::hashBytes(endpoint.address.bytes(), endpoint.port + 1U);
}
