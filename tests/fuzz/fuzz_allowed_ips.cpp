// SPDX-License-Identifier: GPL-3.0-or-later
// The table of allowed addresses under any insertions and removals against a plain scan, and any
// packet as what its addresses are read from.
#include "shared/wireguard/allowed_ips.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::wireguard;

namespace {

struct Table
{
    AllowedIps trie;
    std::vector<std::pair<IpPrefix, AllowedIps::Owner>> plain;

    void insert(const IpPrefix &prefix, AllowedIps::Owner owner)
    {
        trie.insert(prefix, owner);
        std::erase_if(plain, [&](const auto &entry) { return entry.first == prefix; });
        plain.emplace_back(prefix, owner);
    }
    void remove(AllowedIps::Owner owner)
    {
        trie.remove(owner);
        std::erase_if(plain, [&](const auto &entry) { return entry.second == owner; });
    }
    void check(const IpAddress &address) const
    {
        std::optional<AllowedIps::Owner> expected;
        int longest = -1;
        for (const auto &[prefix, owner] : plain) {
            if (prefix.contains(address) && static_cast<int>(prefix.length) > longest) {
                longest = static_cast<int>(prefix.length);
                expected = owner;
            }
        }
        if (trie.find(AddressKey::of(address)) != expected)
            std::abort();
    }
};

IpAddress addressOf(ByteSpan bytes, bool v6)
{
    return v6 ? IpAddress::v6(std::span<const std::uint8_t, 16>(bytes.data(), 16))
              : IpAddress::v4(std::span<const std::uint8_t, 4>(bytes.data(), 4));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (const auto addresses = readAddresses({data, size}); addresses && addresses->length > size)
        std::abort();
    Table table;
    ByteReader reader({data, size});
    while (const auto what = reader.u8()) {
        const bool v6 = (*what & 1U) != 0;
        const auto length = reader.u8();
        const auto bytes = reader.bytes(v6 ? 16 : 4);
        if (!bytes)
            break;
        const AllowedIps::Owner owner = *what >> 3U & 7U;
        if ((*what & 6U) == 6) {
            table.remove(owner);
        } else {
            Bytes cut(bytes->begin(), bytes->end());
            const unsigned bits = *length % (v6 ? 129U : 33U);
            for (std::size_t bit = bits; bit < cut.size() * 8; ++bit)
                cut[bit / 8] = static_cast<std::uint8_t>(cut[bit / 8] & ~(0x80U >> bit % 8));
            table.insert({addressOf(cut, v6), bits}, owner);
            table.check(addressOf(cut, v6));
        }
        table.check(addressOf(*bytes, v6));
        for (const auto &[prefix, _] : table.plain)
            table.check(prefix.address);
    }
    return 0;
}
