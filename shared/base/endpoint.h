// SPDX-License-Identifier: GPL-3.0-or-later
// IP addresses, endpoints and prefixes as values; parsing is total and canonical.
#pragma once

#include "shared/base/bytes.h"

#include <array>
#include <compare>

struct sockaddr;
struct sockaddr_storage;

namespace higgs {

/// An IPv4 or IPv6 address, without scope. An IPv4-mapped IPv6 address stays IPv6 until unmapped().
class IpAddress
{
public:
    enum class Family : std::uint8_t { None, V4, V6 };

    IpAddress() = default;
    static IpAddress v4(std::uint32_t hostOrder);
    static IpAddress v4(std::span<const std::uint8_t, 4> networkOrder);
    static IpAddress v6(std::span<const std::uint8_t, 16> networkOrder);
    static IpAddress any(Family family);
    static IpAddress loopback(Family family);
    /// Dotted quad with four parts, or RFC 4291 text; no scope, no brackets, no leading zeros in
    /// IPv4 parts (inet_pton's rules).
    static Result<IpAddress> parse(std::string_view text);

    [[nodiscard]] Family family() const { return m_family; }
    [[nodiscard]] bool isV4() const { return m_family == Family::V4; }
    [[nodiscard]] bool isV6() const { return m_family == Family::V6; }
    [[nodiscard]] bool isNull() const { return m_family == Family::None; }
    [[nodiscard]] bool isLoopback() const;
    [[nodiscard]] bool isUnspecified() const;
    [[nodiscard]] bool isV4Mapped() const;
    /// The IPv4 address inside ::ffff:0:0/96, or the address itself.
    [[nodiscard]] IpAddress unmapped() const;
    /// The other way: what an IPv6 socket calls an IPv4 address. Others stay themselves.
    [[nodiscard]] IpAddress mapped() const;
    /// 4 or 16 bytes in network order; empty for a null address.
    [[nodiscard]] ByteSpan bytes() const;
    [[nodiscard]] std::uint32_t toV4() const; ///< host order; family must be V4
    [[nodiscard]] std::string toString() const;

    friend bool operator==(const IpAddress &, const IpAddress &) = default;
    friend auto operator<=>(const IpAddress &, const IpAddress &) = default;

private:
    Family m_family = Family::None;
    std::array<std::uint8_t, 16> m_bytes{};
};

/// address:port as on the wire: "203.0.113.1:51820" or "[2001:db8::1]:51820".
struct Endpoint
{
    IpAddress address;
    std::uint16_t port = 0;

    static Result<Endpoint> parse(std::string_view text);
    static Endpoint fromSockaddr(const sockaddr *address);
    /// Fills `out` and returns the length to give to the socket call.
    unsigned toSockaddr(sockaddr_storage &out) const;
    [[nodiscard]] std::string toString() const;
    [[nodiscard]] bool isNull() const { return address.isNull(); }

    friend bool operator==(const Endpoint &, const Endpoint &) = default;
    friend auto operator<=>(const Endpoint &, const Endpoint &) = default;
};

/// A CIDR prefix; bits beyond the length are zero.
struct IpPrefix
{
    IpAddress address;
    unsigned length = 0;

    /// "10.0.0.0/8", or a bare address for a host prefix. Host bits set are an error.
    static Result<IpPrefix> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress &candidate) const;
    [[nodiscard]] std::string toString() const;

    friend bool operator==(const IpPrefix &, const IpPrefix &) = default;
};

/// What an exit may forward to: global unicast as the IANA special-purpose registries define it
/// (RFC 6890), with documentation, benchmarking, CGNAT, ULA, multicast, 6to4, NAT64, Teredo and
/// IPv4-mapped spellings all counted as not global.
bool isGlobalUnicast(const IpAddress &address);
/// The same list as prefixes, for firewall rules; both families.
std::span<const std::string_view> nonGlobalPrefixes(IpAddress::Family family);

} // namespace higgs

template <>
struct std::hash<higgs::IpAddress>
{
    std::size_t operator()(const higgs::IpAddress &address) const noexcept;
};

template <>
struct std::hash<higgs::Endpoint>
{
    std::size_t operator()(const higgs::Endpoint &endpoint) const noexcept;
};
