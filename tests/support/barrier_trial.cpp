// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/barrier_trial.h"

#include <algorithm>
#include <netinet/in.h>

namespace higgs::test {

namespace {

using Family = IpAddress::Family;

constexpr std::uint16_t EtherTypeV4 = 0x0800;
constexpr std::uint16_t EtherTypeV6 = 0x86dd;
constexpr std::size_t MostOfAKind = 4;
constexpr std::size_t V4Header = 20;
constexpr std::size_t V6Header = 40;
constexpr std::size_t FragmentHeader = 8;
constexpr std::size_t UdpHeader = 8;

std::size_t sizeOf(Family family)
{
    return family == Family::V4 ? 4 : 16;
}

IpAddress addressOf(Family family, ByteSpan bytes)
{
    return family == Family::V4 ? IpAddress::v4(bytes.first<4>())
                                : IpAddress::v6(bytes.first<16>());
}

void setBitsFrom(Bytes &bytes, unsigned length, bool on)
{
    for (std::size_t bit = length; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        std::uint8_t &byte = bytes[bit / 8];
        byte = static_cast<std::uint8_t>(on ? byte | mask : byte & ~mask);
    }
}

/// The next address, or the one before, and from the last to the first.
void step(Bytes &bytes, bool up)
{
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
        *byte = static_cast<std::uint8_t>(up ? *byte + 1 : *byte - 1);
        if (*byte != (up ? 0x00 : 0xff))
            return;
    }
}

/// The first or last address of a prefix, or its neighbour outside.
IpAddress edgeOf(Choices &choices, const IpPrefix &prefix)
{
    Bytes bytes(prefix.address.bytes().begin(), prefix.address.bytes().end());
    const std::size_t which = choices.below(4);
    const bool last = which >= 2;
    if (last)
        setBitsFrom(bytes, prefix.length, true);
    if (which % 2 == 1)
        step(bytes, last);
    return addressOf(prefix.address.family(), bytes);
}

IpAddress anyAddress(Choices &choices, Family family)
{
    Bytes bytes(sizeOf(family));
    for (std::uint8_t &byte : bytes)
        byte = choices.byte();
    if (family == Family::V6 && choices.below(2) == 0)
        bytes[0] = static_cast<std::uint8_t>(0x20 | bytes[0] % 32); // global unicast
    return addressOf(family, bytes);
}

IpPrefix anyPrefix(Choices &choices, Family family)
{
    const IpAddress address = anyAddress(choices, family);
    Bytes bytes(address.bytes().begin(), address.bytes().end());
    const auto length = static_cast<unsigned>(choices.below(bytes.size() * 8 + 1));
    setBitsFrom(bytes, length, false);
    return {addressOf(family, bytes), length};
}

Family anyFamily(Choices &choices)
{
    return choices.below(2) == 0 ? Family::V4 : Family::V6;
}

IpPrefix hostPrefix(const IpAddress &address)
{
    return {address, address.isV4() ? 32U : 128U};
}

std::vector<IpPrefix> parsed(Family family)
{
    std::vector<IpPrefix> places;
    for (const std::string_view text : nonGlobalPrefixes(family))
        places.push_back(*IpPrefix::parse(text));
    if (family == Family::V6)
        places.push_back(*IpPrefix::parse("2000::/3"));
    return places;
}

/// Everything of this family that the rule has an opinion about.
std::vector<IpPrefix> knownPlaces(const BarrierHome &home, Family family)
{
    static const std::vector<IpPrefix> special4 = parsed(Family::V4);
    static const std::vector<IpPrefix> special6 = parsed(Family::V6);
    std::vector<IpPrefix> places = family == Family::V4 ? special4 : special6;
    places.insert(places.end(), {home.policy.network4, home.policy.network6});
    for (const auto *addresses :
         {&home.policy.gateways, &home.policy.router.addresses, &home.around.ownAddresses}) {
        for (const IpAddress &address : *addresses)
            places.push_back(hostPrefix(address));
    }
    for (const auto *prefixes :
         {&home.policy.exitAllow, &home.policy.router.networks, &home.around.nearby})
        places.insert(places.end(), prefixes->begin(), prefixes->end());
    std::erase_if(places,
                  [family](const IpPrefix &place) { return place.address.family() != family; });
    return places;
}

IpAddress target(Choices &choices, const BarrierHome &home, Family family)
{
    if (choices.below(8) == 0)
        return anyAddress(choices, family);
    const std::vector<IpPrefix> places = knownPlaces(home, family);
    return edgeOf(choices, places[choices.below(places.size())]);
}

IpAddress source(Choices &choices, const BarrierHome &home, Family family)
{
    const IpPrefix &network = family == Family::V4 ? home.policy.network4 : home.policy.network6;
    if (network.address.isNull() || choices.below(16) == 0)
        return anyAddress(choices, family);
    return edgeOf(choices, network);
}

std::uint8_t protocol(Choices &choices)
{
    constexpr std::uint8_t Usual[] = {IPPROTO_TCP,    IPPROTO_UDP,    IPPROTO_UDP,
                                      IPPROTO_ICMP,   IPPROTO_ICMPV6, IPPROTO_FRAGMENT,
                                      IPPROTO_ROUTING};
    const std::size_t which = choices.below(8);
    return which < std::size(Usual) ? Usual[which] : choices.byte();
}

void putAddress(Bytes &packet, std::size_t at, const IpAddress &address)
{
    std::copy(address.bytes().begin(), address.bytes().end(),
              packet.begin() + static_cast<std::ptrdiff_t>(at));
}

/// The plain words for a destination; `answers` is for what reaches a gateway.
bool mayReach(const BarrierHome &home, const IpAddress &to, bool answers)
{
    const ExitPolicy &policy = home.policy;
    const auto among = [&to](const std::vector<IpAddress> &addresses) {
        return std::find(addresses.begin(), addresses.end(), to) != addresses.end();
    };
    const auto inside = [&to](const std::vector<IpPrefix> &prefixes) {
        return std::any_of(prefixes.begin(), prefixes.end(),
                           [&to](const IpPrefix &prefix) { return prefix.contains(to); });
    };
    if (among(policy.gateways))
        return answers;
    if (among(home.around.ownAddresses) || among(policy.router.addresses))
        return false;
    if (inside(policy.exitAllow))
        return true;
    return isGlobalUnicast(to) && !inside(home.around.nearby) && !inside(policy.router.networks) &&
           (to.isV4() || to.bytes()[0] >> 5 == 1); // 2000::/3
}

bool isTranslated(std::uint8_t protocol, std::uint8_t icmp)
{
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == icmp;
}

bool isProbe(ByteSpan packet, std::size_t headerSize)
{
    return packet.size() >= headerSize + UdpHeader &&
           (packet[headerSize + 2] << 8 | packet[headerSize + 3]) == GatewayStunPort;
}

bool passesV4(const BarrierHome &home, ByteSpan packet)
{
    if (home.policy.network4.address.isNull() || packet.size() < V4Header || packet[0] != 0x45)
        return false;
    const std::uint8_t protocol = packet[9];
    const bool fragment = (packet[6] & 0x3f) != 0 || packet[7] != 0;
    const bool answers = protocol == IPPROTO_UDP && !fragment && isProbe(packet, V4Header);
    return isTranslated(protocol, IPPROTO_ICMP) &&
           home.policy.network4.contains(IpAddress::v4(packet.subspan<12, 4>())) &&
           mayReach(home, IpAddress::v4(packet.subspan<16, 4>()), answers);
}

bool passesV6(const BarrierHome &home, ByteSpan packet)
{
    if (home.policy.network6.address.isNull() || packet.size() < V6Header)
        return false;
    const std::uint8_t first = packet[6];
    const bool fragment = first == IPPROTO_FRAGMENT;
    if (fragment && packet.size() < V6Header + FragmentHeader)
        return false;
    const std::uint8_t protocol = fragment ? packet[V6Header] : first;
    const bool answers = first == IPPROTO_UDP && isProbe(packet, V6Header);
    return isTranslated(protocol, IPPROTO_ICMPV6) &&
           home.policy.network6.contains(IpAddress::v6(packet.subspan<8, 16>())) &&
           mayReach(home, IpAddress::v6(packet.subspan<24, 16>()), answers);
}

} // namespace

BarrierHome barrierHome(Choices &choices)
{
    BarrierHome home;
    if (choices.below(8) != 0)
        home.policy.network4 = anyPrefix(choices, Family::V4);
    if (choices.below(8) != 0)
        home.policy.network6 = anyPrefix(choices, Family::V6);
    for (const IpPrefix &network : {home.policy.network4, home.policy.network6}) {
        if (!network.address.isNull())
            home.policy.gateways.push_back(edgeOf(choices, network));
    }
    for (auto *addresses : {&home.policy.router.addresses, &home.around.ownAddresses}) {
        for (std::size_t left = choices.below(MostOfAKind); left > 0; --left)
            addresses->push_back(anyAddress(choices, anyFamily(choices)));
    }
    for (auto *prefixes :
         {&home.policy.exitAllow, &home.policy.router.networks, &home.around.nearby}) {
        for (std::size_t left = choices.below(MostOfAKind); left > 0; --left)
            prefixes->push_back(anyPrefix(choices, anyFamily(choices)));
    }
    return home;
}

GuestPacket guestPacket(Choices &choices, const BarrierHome &home)
{
    const Family family = anyFamily(choices);
    const bool v4 = family == Family::V4;
    const std::size_t header = v4 ? V4Header : V6Header;
    GuestPacket packet{v4 ? EtherTypeV4 : EtherTypeV6, Bytes(header + FragmentHeader + UdpHeader)};
    Bytes &bytes = packet.bytes;
    bytes[0] = v4 ? 0x45 : 0x60;
    bytes[v4 ? 9 : 6] = protocol(choices);
    if (!v4)
        bytes[header] = protocol(choices); // behind a fragment header
    putAddress(bytes, v4 ? 12 : 8, source(choices, home, family));
    putAddress(bytes, v4 ? 16 : 24, target(choices, home, family));
    if (choices.below(4) != 0) {
        bytes[header + 2] = GatewayStunPort >> 8;
        bytes[header + 3] = GatewayStunPort & 0xff;
    }
    // What is wrong with it, mostly nothing.
    switch (choices.below(16)) {
    case 0:
        bytes[choices.below(bytes.size())] = choices.byte();
        break;
    case 1:
        bytes.resize(choices.below(bytes.size()));
        break;
    case 2:
        packet.etherType = choices.half();
        break;
    case 3:
        packet.etherType = v4 ? EtherTypeV6 : EtherTypeV4;
        break;
    case 4:
        bytes[6] = choices.byte(); // of IPv4: flags and the fragment's place
        bytes[7] = choices.byte();
        break;
    default:
        break;
    }
    return packet;
}

bool passesBarrier(const BarrierHome &home, const GuestPacket &packet)
{
    if (packet.etherType == EtherTypeV4)
        return passesV4(home, packet.bytes);
    return packet.etherType != EtherTypeV6 || passesV6(home, packet.bytes);
}

} // namespace higgs::test
