// SPDX-License-Identifier: GPL-3.0-or-later
// Who the home's router is, as the kernel's main table of routes has it (rtnetlink(7)): the next
// hop of the best default route, by a network card. Another VPN's interface leads to no router.
#pragma once

#include "shared/base/endpoint.h"

#include <optional>
#include <string>

namespace higgs {

struct HomeRouter
{
    IpAddress address; ///< IPv6: as a rule link-local
    std::uint32_t interfaceIndex = 0;
    std::string interfaceName;
    IpAddress own; ///< this machine's address towards the Internet, by that interface

    friend bool operator==(const HomeRouter &, const HomeRouter &) = default;
};

/// A default route with one next hop.
struct DefaultRoute
{
    IpAddress gateway; ///< null: the link itself
    std::uint32_t device = 0;
    std::uint32_t metric = 0;
};

/// The best of the default routes of the main table in the datagrams of one dump, which are read
/// one after the other. Pure.
class DefaultRouteReader
{
public:
    explicit DefaultRouteReader(IpAddress::Family family) : m_family(family) {}

    /// True: it was the last datagram. Malformed when a message does not end where it says.
    Result<bool> read(ByteSpan datagram);
    [[nodiscard]] const std::optional<DefaultRoute> &best() const { return m_best; }

private:
    bool readRoute(ByteReader body);

    IpAddress::Family m_family;
    std::optional<DefaultRoute> m_best;
};

/// nullopt: none, by no network card, or the kernel did not say. `mark`: of the sockets that will
/// speak to it, without which a blocked machine has no way there. Takes some hundred microseconds.
std::optional<HomeRouter> findHomeRouter(IpAddress::Family family,
                                         std::optional<std::uint32_t> mark = {});

} // namespace higgs
