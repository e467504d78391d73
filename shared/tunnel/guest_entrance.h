// SPDX-License-Identifier: GPL-3.0-or-later
// A way for packets of our own to be a guest's: they come out of the tunnel's interface as what
// WireGuard has decrypted does, meet all that the machine does with a guest's, and what answers is
// taken where the kernel hands it to the tunnel. The only trial in which another program's rules,
// of whatever kind and in both directions, take part as they do for guests.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/owned_fd.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace higgs {

/// The interface through which they come: `tunnel` and a letter.
std::string entranceInterface(const std::string &tunnel);

/// Lives on its EpollSet's thread. Its interface goes with it, also after a crash; what it leaves
/// at the tunnel's goes with that one, and leads nowhere before.
class GuestEntrance : private EpollSource
{
public:
    using Heard = std::function<void(ByteSpan packet)>;

    /// Needs CAP_NET_ADMIN, and blocks for some ten milliseconds. `addresses`: of one guest that is
    /// none, one a family; `heard` is called, from the event loop, with the whole packets that the
    /// machine sends into the tunnel for them. Others of this machine's may be among them.
    /// Permission; System: this kernel has no such way (act_mirred, cls_bpf), or no `tc` is there.
    static Result<std::unique_ptr<GuestEntrance>> open(EpollSet &epoll, const std::string &tunnel,
                                                       const std::vector<IpAddress> &addresses,
                                                       Heard heard);
    ~GuestEntrance() override;

    /// A whole IP packet, from one of the addresses.
    Result<void> send(ByteSpan packet);

private:
    GuestEntrance(EpollSet &epoll, Heard heard) : m_epoll(epoll), m_heard(std::move(heard)) {}

    void ready(std::uint32_t events) override;

    EpollSet &m_epoll;
    Heard m_heard;
    OwnedFd m_tun;
    bool m_added = false;
};

} // namespace higgs
