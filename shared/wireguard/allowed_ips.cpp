// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/allowed_ips.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace higgs::wireguard {

namespace {

std::uint64_t bigEndian(ByteSpan bytes)
{
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8U | byte;
    return value;
}

AddressKey v4Key(ByteSpan bytes)
{
    return {bigEndian(bytes.first(4)) << 32U, 0, false};
}

AddressKey v6Key(ByteSpan bytes)
{
    return {bigEndian(bytes.first(8)), bigEndian(bytes.subspan(8, 8)), true};
}

/// The first `length` bits set.
std::uint64_t highMask(std::uint32_t length)
{
    return length == 0 ? 0 : length >= 64 ? ~0ULL : ~0ULL << (64 - length);
}

std::uint64_t lowMask(std::uint32_t length)
{
    return length <= 64 ? 0 : highMask(length - 64);
}

std::size_t bitAt(const AddressKey &key, std::uint32_t position)
{
    return position < 64 ? key.high >> (63 - position) & 1U : key.low >> (127 - position) & 1U;
}

/// In how many bits from the first on they agree.
std::uint32_t common(const AddressKey &key, std::uint64_t high, std::uint64_t low)
{
    const int first = std::countl_zero(key.high ^ high);
    return static_cast<std::uint32_t>(first < 64 ? first : 64 + std::countl_zero(key.low ^ low));
}

} // namespace

AddressKey AddressKey::of(const IpAddress &address)
{
    return address.isV6() ? v6Key(address.bytes()) : v4Key(address.bytes());
}

std::optional<PacketAddresses> readAddresses(ByteSpan packet)
{
    if (packet.size() >= 20 && packet[0] >> 4U == 4) {
        const std::size_t length = bigEndian(packet.subspan(2, 2));
        if (length < 20 || length > packet.size())
            return std::nullopt;
        return PacketAddresses{v4Key(packet.subspan(12)), v4Key(packet.subspan(16)), length};
    }
    if (packet.size() >= 40 && packet[0] >> 4U == 6) {
        const std::size_t length = 40 + bigEndian(packet.subspan(4, 2));
        if (length > packet.size())
            return std::nullopt;
        return PacketAddresses{v6Key(packet.subspan(8)), v6Key(packet.subspan(24)), length};
    }
    return std::nullopt;
}

void AllowedIps::insert(const IpPrefix &prefix, Owner owner)
{
    const auto same = std::find_if(m_entries.begin(), m_entries.end(),
                                   [&](const Entry &entry) { return entry.prefix == prefix; });
    if (same != m_entries.end())
        same->owner = owner;
    else
        m_entries.push_back({prefix, owner});
    plant({prefix, owner});
}

void AllowedIps::remove(Owner owner)
{
    std::erase_if(m_entries, [&](const Entry &entry) { return entry.owner == owner; });
    // A guest that goes is rare, and making the trie of a hundred takes some microseconds.
    m_nodes.clear();
    m_roots = {None, None};
    for (const Entry &entry : m_entries)
        plant(entry);
}

std::optional<AllowedIps::Owner> AllowedIps::find(const AddressKey &address) const
{
    const std::uint32_t bits = address.v6 ? 128 : 32;
    std::optional<Owner> best;
    Link link = m_roots[address.v6 ? 1 : 0];
    while (link != None) {
        const Node &node = m_nodes[link];
        if ((address.high & highMask(node.length)) != node.high ||
            (address.low & lowMask(node.length)) != node.low)
            break;
        if (node.owner)
            best = node.owner;
        if (node.length == bits)
            break;
        link = node.below[bitAt(address, node.length)];
    }
    return best;
}

std::vector<IpPrefix> AllowedIps::prefixesOf(Owner owner) const
{
    std::vector<IpPrefix> prefixes;
    for (const Entry &entry : m_entries) {
        if (entry.owner == owner)
            prefixes.push_back(entry.prefix);
    }
    return prefixes;
}

void AllowedIps::plant(const Entry &entry)
{
    const AddressKey key = AddressKey::of(entry.prefix.address);
    const std::uint32_t length = entry.prefix.length;
    assert(length <= (key.v6 ? 128U : 32U));
    // Where the next step down is kept: a parent's child, or the root. By number: nodes move.
    Link parent = None;
    std::size_t side = key.v6 ? 1 : 0;
    const auto step = [&]() -> Link & {
        return parent == None ? m_roots[side] : m_nodes[parent].below[side];
    };
    while (step() != None) {
        const Link current = step();
        const Node node = m_nodes[current];
        const std::uint32_t shared =
            std::min({common(key, node.high, node.low), node.length, length});
        if (shared == node.length && shared == length) {
            m_nodes[current].owner = entry.owner;
            return;
        }
        if (shared < node.length) {
            // The new prefix lies above this node, or a fork has to lead to both.
            const AddressKey below{node.high, node.low, key.v6};
            const Link above =
                append(key, shared, shared == length ? std::optional(entry.owner) : std::nullopt);
            m_nodes[above].below[bitAt(below, shared)] = current;
            step() = above;
            if (shared == length)
                return;
            parent = above;
        } else {
            parent = current;
        }
        side = bitAt(key, shared);
    }
    const Link leaf = append(key, length, entry.owner);
    step() = leaf;
}

AllowedIps::Link AllowedIps::append(const AddressKey &key, std::uint32_t length,
                                    std::optional<Owner> owner)
{
    m_nodes.push_back(
        {key.high & highMask(length), key.low & lowMask(length), length, owner, {None, None}});
    return static_cast<Link>(m_nodes.size() - 1);
}

} // namespace higgs::wireguard
