// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_attack.h"

#include <algorithm>
#include <array>

namespace higgs {

namespace {

constexpr std::uint16_t Http = 80;
constexpr std::uint16_t Https = 443;
constexpr std::uint16_t SpoofedPort = 8443; // told from the control by it
constexpr std::uint16_t Stun = 3478;
constexpr std::uint16_t Ssdp = 1900;
constexpr std::uint16_t Mdns = 5353;

// First, last and something between of what IANA's special-purpose registry has, as RFC 6890 lists.
constexpr std::array<const char *, 38> Special4 = {
    "0.0.0.0",       "0.1.2.3",        "10.0.0.1",        "10.128.3.4",     "10.255.255.254",
    "100.64.0.1",    "100.100.9.9",    "100.127.255.254", "127.0.0.1",      "127.1.2.3",
    "127.255.255.1", "169.254.0.1",    "169.254.7.7",     "169.254.255.1",  "172.16.0.1",
    "172.24.1.1",    "172.31.255.254", "192.0.0.1",       "192.0.0.170",    "192.0.2.1",
    "192.88.99.1",   "192.168.0.1",    "192.168.1.1",     "192.168.2.1",    "192.168.100.1",
    "192.168.178.1", "192.168.255.1",  "198.18.0.1",      "198.19.255.254", "198.51.100.1",
    "203.0.113.1",   "224.0.0.1",      "233.252.0.1",     "239.255.255.1",  "240.0.0.1",
    "250.1.2.3",     "255.255.255.0",  "255.255.255.255"};
constexpr std::array<const char *, 30> Special6 = {
    "::",         "::1",        "100::1",      "100:0:0:1::1",     "2001:2::1",    "2001:10::1",
    "2001:20::1", "2001:30::1", "2001:db8::1", "2001:db8:ffff::1", "3fff::1",      "3fff:fff::1",
    "4000::1",    "5f00::1",    "6000::1",     "8000::1",          "a000::1",      "c000::1",
    "e000::1",    "f000::1",    "fc00::1",     "fd00::1",          "fdff:ffff::1", "fe80::1",
    "febf::1",    "fec0::1",    "ff02::1",     "ff05::2",          "ff0e::1",      "200::1"};
// What is written in other ways: a LAN, this machine, a cloud's metadata.
constexpr std::array<const char *, 6> Embedded = {"192.168.1.1", "10.0.0.1",        "127.0.0.1",
                                                  "172.16.0.1",  "169.254.169.254", "100.64.0.1"};
constexpr std::array<const char *, 3> Metadata = {"169.254.169.254", "100.100.100.200",
                                                  "192.0.0.192"};
constexpr std::array<const char *, 2> Metadata6 = {"fd00:ec2::254", "fd20:ce::254"};
constexpr std::array<std::uint16_t, 7> ServicePorts = {22, 53, Http, Https, 631, 3389, 5900};
constexpr std::array<std::uint16_t, 4> AdminPorts = {Http, Https, 8080, 7547};
// NAT-PMP and PCP, SSDP, SNMP; TR-069.
constexpr std::array<std::uint16_t, 4> RouterUdpPorts = {5350, 5351, Ssdp, 161};
constexpr std::array<std::uint16_t, 2> RouterTcpPorts = {5351, 7547};
constexpr std::array<std::uint16_t, 5> SmbPorts = {135, 137, 138, 139, 445};
/// Of the home's networks: each costs six packets, and the barrier has room for about as many.
constexpr std::size_t MaxTriedNetworks = 256;
// DCCP, IPv6 in IP, GRE, ESP, AH, SCTP, UDP-Lite.
constexpr std::array<std::uint8_t, 7> OtherProtocols = {33, 41, 47, 50, 51, 132, 136};
// Well-known addresses that are always global unicast. No packet of the attack leaves the machine.
constexpr std::array<const char *, 2> World4 = {"1.1.1.1", "9.9.9.9"};
constexpr std::array<const char *, 2> World6 = {"2606:4700:4700::1111", "2620:fe::fe"};

IpAddress parsed(std::string_view text)
{
    return IpAddress::parse(text).value_or(IpAddress());
}

/// `v4` put into 16 bytes at `offset`, the rest as `prefix` has it.
IpAddress embed(std::string_view prefix, const IpAddress &v4, std::size_t offset)
{
    std::array<std::uint8_t, 16> bytes{};
    const IpAddress base = parsed(prefix);
    std::copy_n(base.bytes().begin(), bytes.size(), bytes.begin());
    std::copy_n(v4.bytes().begin(), 4, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    return IpAddress::v6(bytes);
}

/// Teredo (RFC 4380) hides the client's address by flipping its bits.
IpAddress teredo(const IpAddress &v4)
{
    return embed("2001::", IpAddress::v4(~v4.toV4()), 12);
}

IpAddress fromBytes(const std::array<std::uint8_t, 16> &bytes, bool v4)
{
    return v4 ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
}

/// An address of a prefix: its first with `step` added, or its last but `step`.
IpAddress hostIn(const IpPrefix &prefix, bool last, std::uint8_t step = 1)
{
    const ByteSpan base = prefix.address.bytes();
    if (base.empty())
        return {};
    std::array<std::uint8_t, 16> bytes{};
    std::copy(base.begin(), base.end(), bytes.begin());
    if (last) {
        for (std::size_t bit = prefix.length; bit < base.size() * 8; ++bit)
            bytes.at(bit / 8) = static_cast<std::uint8_t>(bytes.at(bit / 8) | 0x80U >> (bit % 8));
    }
    std::uint8_t &lowest = bytes.at(base.size() - 1);
    if (prefix.length + 1 < base.size() * 8)
        lowest = static_cast<std::uint8_t>(last ? lowest - step : lowest + step);
    return fromBytes(bytes, prefix.address.isV4());
}

bool inside(const std::vector<IpPrefix> &prefixes, const IpAddress &address)
{
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const IpPrefix &each) { return each.contains(address); });
}

class TargetList
{
public:
    explicit TargetList(const AttackedHome &home) : m_home(home) {}

    void add(TargetKind kind, const IpAddress &address, std::uint16_t port = Http,
             std::uint8_t protocol = TcpProtocol, std::string spelling = {})
    {
        const bool familyServed = address.isV4()   ? !m_home.network4.address.isNull()
                                  : address.isV6() ? !m_home.network6.address.isNull()
                                                   : false;
        // The owner's exceptions hold for places, never for ports, nor for the router itself.
        const bool byPlace = kind != TargetKind::Mail && kind != TargetKind::Smb &&
                             kind != TargetKind::Router && kind != TargetKind::Protocol &&
                             kind != TargetKind::Control;
        if (!familyServed || (byPlace && inside(m_home.allowed, address)))
            return;
        const ExitTarget target{kind, address, protocol, port,
                                spelling.empty() ? address.toString() : std::move(spelling)};
        const bool known = std::any_of(targets.begin(), targets.end(), [&](const ExitTarget &each) {
            return each.address == address && each.protocol == protocol && each.port == port &&
                   (each.kind == TargetKind::Spoofed) == (kind == TargetKind::Spoofed);
        });
        if (!known)
            targets.push_back(target);
    }

    void addSpecial()
    {
        for (const char *text : Special4)
            add(TargetKind::Special4, parsed(text));
        for (const char *text : Special6)
            add(TargetKind::Special6, parsed(text));
        for (const char *text : Metadata)
            add(TargetKind::Metadata, parsed(text));
        for (const char *text : Metadata6)
            add(TargetKind::Metadata, parsed(text));
    }

    void addSpellings(const IpAddress &v4)
    {
        const std::string text = v4.toString();
        const auto spelled = [&](TargetKind kind, const IpAddress &address, const char *how) {
            add(kind, address, Http, TcpProtocol, text + " by " + how);
        };
        spelled(TargetKind::Mapped, embed("::ffff:0:0", v4, 12), "IPv4-mapped");
        spelled(TargetKind::Mapped, embed("::", v4, 12), "IPv4-compatible");
        spelled(TargetKind::Mapped, embed("::ffff:0:0:0", v4, 12), "IPv4-translated");
        spelled(TargetKind::Nat64, embed("64:ff9b::", v4, 12), "NAT64");
        spelled(TargetKind::Nat64, embed("64:ff9b:1::", v4, 12), "local NAT64");
        spelled(TargetKind::SixToFour, embed("2002::1", v4, 2), "6to4");
        spelled(TargetKind::SixToFour, teredo(v4), "Teredo");
        spelled(TargetKind::SixToFour, embed("fe80::5efe:0:0", v4, 12), "ISATAP");
    }

    void addHome()
    {
        // The same number of each kind, wherever they lie among very many.
        const std::size_t step = 1 + m_home.nearby.size() / MaxTriedNetworks;
        for (std::size_t i = 0; i < m_home.nearby.size(); i += step) {
            const IpPrefix &network = m_home.nearby[i];
            for (const bool last : {false, true}) {
                const IpAddress host = hostIn(network, last);
                add(TargetKind::Lan, host);
                add(TargetKind::Lan, host, Mdns, UdpProtocol);
                add(TargetKind::Lan, host, 0, host.isV4() ? IcmpProtocol : Icmp6Protocol);
            }
        }
        for (const IpAddress &router : m_home.routers) {
            for (const std::uint16_t port : AdminPorts)
                add(TargetKind::RouterAdmin, router, port);
            add(TargetKind::RouterAdmin, router, 53, UdpProtocol);
            add(TargetKind::RouterAdmin, router, Ssdp, UdpProtocol);
        }
        for (const IpAddress &address : m_home.publicAddresses) {
            for (const std::uint16_t port : AdminPorts)
                add(TargetKind::Router, address, port);
            if (address.isV4())
                addSpellings(address);
        }
        for (const IpAddress &own : m_home.ownAddresses)
            addServices(own);
        for (const IpAddress &gateway : m_home.gateways)
            addServices(gateway);
    }

    void addServices(const IpAddress &own)
    {
        for (const std::uint16_t port : ServicePorts)
            add(TargetKind::Node, own, port);
        add(TargetKind::Node, own, 53, UdpProtocol);
        if (std::find(m_home.gateways.begin(), m_home.gateways.end(), own) == m_home.gateways.end())
            add(TargetKind::Node, own, Stun, UdpProtocol);
    }

    void addDiscovery()
    {
        for (const auto &[address, port] :
             {std::pair{"239.255.255.250", Ssdp}, std::pair{"224.0.0.251", Mdns},
              std::pair{"224.0.0.252", std::uint16_t{5355}}, std::pair{"255.255.255.255", Ssdp},
              std::pair{"ff02::c", Ssdp}, std::pair{"ff05::c", Ssdp}, std::pair{"ff02::fb", Mdns},
              std::pair{"ff02::1:3", std::uint16_t{5355}}})
            add(TargetKind::Discovery, parsed(address), port, UdpProtocol);
    }

    void addGuests()
    {
        for (const IpPrefix &network : {m_home.network4, m_home.network6}) {
            if (network.address.isNull())
                continue;
            // The gateway is the first host, the first guest the one after it.
            for (const std::uint8_t step : {std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{7}}) {
                const IpAddress guest = hostIn(network, false, step);
                add(TargetKind::Guest, guest);
                add(TargetKind::Guest, guest, Mdns, UdpProtocol);
            }
        }
    }

    void addWorld()
    {
        const auto &worlds = {std::pair{World4, true}, std::pair{World6, m_home.ipv6}};
        for (const auto &[world, open] : worlds) {
            if (!open)
                continue;
            bool found = false;
            for (const char *text : world) {
                const IpAddress address = parsed(text);
                if (found || inside(m_home.nearby, address))
                    continue;
                found = true;
                add(TargetKind::Control, address, Https);
                add(TargetKind::Control, address, Https, UdpProtocol);
                add(TargetKind::Mail, address, 25);
                for (const std::uint16_t port : SmbPorts) {
                    add(TargetKind::Smb, address, port);
                    add(TargetKind::Smb, address, port, UdpProtocol);
                }
                // As if it were an address of the router's that nobody tells.
                for (const std::uint16_t port : RouterTcpPorts)
                    add(TargetKind::Router, address, port);
                for (const std::uint16_t port : RouterUdpPorts)
                    add(TargetKind::Router, address, port, UdpProtocol);
                for (const std::uint8_t protocol : OtherProtocols)
                    add(TargetKind::Protocol, address, Http, protocol,
                        address.toString() + " by IP protocol " + std::to_string(protocol));
                add(TargetKind::Spoofed, address, SpoofedPort);
            }
        }
        for (const IpAddress &gateway : m_home.gateways)
            add(TargetKind::Control, gateway, Stun, UdpProtocol);
    }

    std::vector<ExitTarget> targets;

private:
    const AttackedHome &m_home;
};

} // namespace

std::string_view toString(TargetKind kind)
{
    constexpr std::array<std::string_view, 17> Names = {
        "special4", "special6",     "mapped",    "nat64",    "sixtofour", "lan",
        "router",   "router_admin", "discovery", "metadata", "node",      "guest",
        "spoofed",  "mail",         "smb",       "protocol", "control"};
    return Names.at(static_cast<std::size_t>(kind));
}

IpAddress canaryAddress(const IpPrefix &network)
{
    return network.address.isNull() ? IpAddress() : hostIn(network, true);
}

IpAddress trialAddress(const IpPrefix &network)
{
    constexpr unsigned FewestHostBits = 8;
    const auto bits = static_cast<unsigned>(network.address.bytes().size() * 8);
    const bool spare = !network.address.isNull() && network.length + FewestHostBits <= bits;
    return spare ? hostIn(network, true, 2) : IpAddress();
}

IpAddress spoofedAddress(IpAddress::Family family)
{
    return parsed(family == IpAddress::Family::V4 ? "192.0.2.77" : "2001:db8:77::77");
}

std::vector<ExitTarget> attackTargets(const AttackedHome &home)
{
    TargetList list(home);
    // What is special for a reason of its own comes first, and keeps its name.
    list.addWorld();
    list.addHome();
    list.addGuests();
    list.addDiscovery();
    list.addSpecial();
    for (const char *text : Embedded)
        list.addSpellings(parsed(text));
    return std::move(list.targets);
}

bool ExitSafety::isTight() const
{
    return std::none_of(trials.begin(), trials.end(), [](const ExitTrial &trial) {
        return trial.reached && trial.target.kind != TargetKind::Control;
    });
}

bool ExitSafety::isMeaningful() const
{
    return !routerUnknown && answersDetail.empty() &&
           std::all_of(trials.begin(), trials.end(), [](const ExitTrial &trial) {
               return trial.reached || trial.target.kind != TargetKind::Control;
           });
}

std::vector<std::string> ExitSafety::faults(std::size_t most) const
{
    std::vector<std::string> found;
    if (!rulesDetail.empty())
        found.push_back("rules " + rulesDetail);
    if (routerUnknown)
        found.emplace_back("unknown public address of the router");
    if (!answersDetail.empty())
        found.push_back("ways " + answersDetail);
    for (const ExitTrial &trial : trials) {
        if (trial.ok())
            continue;
        const ExitTarget &target = trial.target;
        found.push_back(std::string(toString(target.kind)) + " " +
                        (target.kind == TargetKind::Protocol
                             ? target.spelling
                             : Endpoint{target.address, target.port}.toString()));
    }
    found.resize(std::min(found.size(), most));
    return found;
}

} // namespace higgs
