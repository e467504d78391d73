// SPDX-License-Identifier: GPL-3.0-or-later
// The cryptokey routing table (the paper, section 2): which peer an address belongs to. A binary
// trie for each family in which ways without a fork are one step; the longest prefix decides.
#pragma once

#include "shared/base/endpoint.h"

#include <array>
#include <optional>
#include <vector>

namespace higgs::wireguard {

/// An address as the trie's key: IPv4's 32 bits are the first of it.
struct AddressKey
{
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool v6 = false;

    static AddressKey of(const IpAddress &address);
    friend bool operator==(const AddressKey &, const AddressKey &) = default;
};

/// What WireGuard looks at in a packet that it carries (RFC 791 section 3.1, RFC 8200 section 3).
struct PacketAddresses
{
    AddressKey source;
    AddressKey destination;
    std::size_t length = 0; ///< as the header says, and not more than there is
};
/// nullopt: neither IPv4 nor IPv6, or shorter than it says.
std::optional<PacketAddresses> readAddresses(ByteSpan packet);

class AllowedIps
{
public:
    /// What a prefix belongs to.
    using Owner = std::uint32_t;

    /// Whoever had exactly this prefix has it no more.
    void insert(const IpPrefix &prefix, Owner owner);
    /// All of its prefixes.
    void remove(Owner owner);
    [[nodiscard]] std::optional<Owner> find(const AddressKey &address) const;
    /// In no order.
    [[nodiscard]] std::vector<IpPrefix> prefixesOf(Owner owner) const;

private:
    using Link = std::uint32_t;
    static constexpr Link None = 0xffffffff;

    struct Node
    {
        std::uint64_t high = 0; ///< zero beyond the length
        std::uint64_t low = 0;
        std::uint32_t length = 0;
        std::optional<Owner> owner; ///< none at a mere fork
        std::array<Link, 2> below{None, None};
    };
    struct Entry
    {
        IpPrefix prefix;
        Owner owner;
    };

    void plant(const Entry &entry);
    Link append(const AddressKey &key, std::uint32_t length, std::optional<Owner> owner);

    std::vector<Entry> m_entries; ///< what the trie is made of, and made anew of when one goes
    std::vector<Node> m_nodes;
    std::array<Link, 2> m_roots{None, None}; ///< IPv4's, IPv6's
};

} // namespace higgs::wireguard
