// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/guest_entrance.h"

#include "shared/tunnel/barrier_code.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/interface_address.h"
#include "shared/tunnel/tun_interface.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <unistd.h>

namespace higgs {

namespace {

constexpr std::size_t MostOfPacket = 2'048;
// What a classifier says (tc-bpf(8)): that a packet is none of its, and that it is.
constexpr int NoMatch = 0;
constexpr std::uint32_t Match = 0xffff'ffff;
constexpr std::uint32_t TargetOffset4 = 16;
constexpr std::uint32_t TargetOffset6 = 24;

BarrierProgram everyPacket()
{
    return {{BPF_RET | BPF_K, 0, 0, Match}};
}

BarrierProgram packetsFor(const std::vector<IpAddress> &addresses)
{
    const sock_filter match{BPF_RET | BPF_K, 0, 0, Match};
    const auto partFor = [&addresses, &match](IpAddress::Family family) {
        BarrierCode part(NoMatch);
        for (const IpAddress &address : addresses) {
            if (address.family() == family)
                part.match(family == IpAddress::Family::V4 ? TargetOffset4 : TargetOffset6,
                           InterfaceAddress{address, 0}.hostPrefix(), std::span(&match, 1));
        }
        part.pass();
        return part;
    };
    BarrierCode whole(NoMatch);
    whole.eachFamily(partFor(IpAddress::Family::V4), partFor(IpAddress::Family::V6));
    return whole.program;
}

/// Packets that pass one interface go on at another, as if they came there.
Result<void> lead(const std::string &from, const char *side, const BarrierProgram &which,
                  const std::string &to)
{
    // The tunnel's may be there already, with the barrier.
    std::ignore = runCommand("tc", {"qdisc", "add", "dev", from, "clsact"});
    const auto led = runCommand("tc", {"filter", "add", "dev", from, side, "protocol", "all",
                                       "pref", "1", "bpf", "bytecode", barrierText(which), "action",
                                       "mirred", side, "redirect", "dev", to});
    return led ? Result<void>() : unexpected(led.error());
}

} // namespace

std::string entranceInterface(const std::string &tunnel)
{
    return nameBeside(tunnel, 'e', 'f');
}

GuestEntrance::~GuestEntrance()
{
    if (m_added)
        m_epoll.remove(m_tun.get(), *this);
}

Result<std::unique_ptr<GuestEntrance>> GuestEntrance::open(EpollSet &epoll,
                                                           const std::string &tunnel,
                                                           const std::vector<IpAddress> &addresses,
                                                           Heard heard)
{
    const std::string name = entranceInterface(tunnel);
    Result<OwnedFd> tun = openTunInterface(name);
    if (!tun)
        return unexpected(tun.error());
    std::unique_ptr<GuestEntrance> entrance(new GuestEntrance(epoll, std::move(heard)));
    entrance->m_tun = std::move(*tun);
    // It has no address of its own, and speaks for nobody.
    const auto up = runCommand("ip", {"link", "set", "dev", name, "addrgenmode", "none", "up"});
    if (!up)
        return unexpected(up.error());
    for (const Result<void> &led : {lead(name, "ingress", everyPacket(), tunnel),
                                    lead(tunnel, "egress", packetsFor(addresses), name)}) {
        if (!led)
            return unexpected(led.error());
    }
    if (const Result<void> added = epoll.add(entrance->m_tun.get(), EPOLLIN, *entrance); !added)
        return unexpected(added.error());
    entrance->m_added = true;
    return entrance;
}

Result<void> GuestEntrance::send(ByteSpan packet)
{
    if (::write(m_tun.get(), packet.data(), packet.size()) != static_cast<ssize_t>(packet.size()))
        return unexpected(ErrorCode::System, describeErrno("send as a guest", errno));
    return {};
}

void GuestEntrance::ready(std::uint32_t /*events*/)
{
    std::array<std::uint8_t, MostOfPacket> buffer{};
    const ssize_t size = ::read(m_tun.get(), buffer.data(), buffer.size());
    if (size < 0)
        return;
    const Heard heard = m_heard; // this may be deleted in it
    heard({buffer.data(), static_cast<std::size_t>(size)});
}

} // namespace higgs
