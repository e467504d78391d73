// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/address_rules.h"

namespace higgs::server {

namespace {

// As for bans: a wider one is a slip of the finger, or means "everybody".
constexpr unsigned ShortestPrefix4 = 8;
constexpr unsigned ShortestPrefix6 = 19;

bool isIn(const IpAddress &address, const char *prefix)
{
    const auto network = IpPrefix::parse(prefix);
    return network && network->contains(address);
}

/// What is nobody's address for any purpose; empty: it may be somebody's.
std::string whyNobodys(const IpAddress &address)
{
    if (isIn(address, "224.0.0.0/4") || isIn(address, "ff00::/8"))
        return "is multicast, which is no machine's address";
    if (isIn(address, "240.0.0.0/4"))
        return "is broadcast or reserved, which is no machine's address";
    if (isIn(address, "fe80::/10"))
        return "is link-local, which means nothing without a zone, and zones are not supported";
    return {};
}

std::string whyNotSomebodys(const IpAddress &address)
{
    if (isIn(address, "0.0.0.0/8") || address.isUnspecified())
        return "is unspecified, which is no machine's address";
    return whyNobodys(address);
}

/// "1.2.3" and "1.2.3.400": whoever resolves it reads something else, or nothing.
bool isBrokenQuad(std::string_view host)
{
    const std::string_view last = host.substr(host.rfind('.') + 1);
    return !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

std::string whyNotBound(const IpAddress &given)
{
    const IpAddress address = given.unmapped();
    // The unspecified one means all of this machine's; its neighbours mean nothing.
    if (address.isUnspecified())
        return {};
    return whyNotSomebodys(address);
}

std::string whyNotReached(std::string_view host)
{
    if (const auto address = IpAddress::parse(host))
        return whyNotSomebodys(address->unmapped());
    return isBrokenQuad(host) ? "is neither an IP address nor a name" : "";
}

bool isOnlyHere(std::string_view host)
{
    const auto address = IpAddress::parse(host);
    return address ? address->unmapped().isLoopback()
                   : host == "localhost" || host.ends_with(".localhost");
}

std::string whyNotResolver(const IpAddress &given)
{
    const IpAddress address = given.unmapped();
    if (address.isLoopback())
        return "is loopback: a client would ask itself";
    if (isIn(address, "169.254.0.0/16"))
        return "is link-local: no resolver of the internet is there";
    return whyNotSomebodys(address);
}

std::string whyNotFront(const IpPrefix &network)
{
    if (network.address.isV4Mapped())
        return "is IPv4 in IPv6's clothes: write it as IPv4";
    if (network.length < (network.address.isV4() ? ShortestPrefix4 : ShortestPrefix6))
        return "is too wide: whoever is in it can name any address as a client's, so it must be "
               "/8 or longer, /19 or longer in IPv6";
    // A link-local front is found by its address alone.
    return isIn(network.address, "fe80::/10") ? "" : whyNotSomebodys(network.address);
}

bool collide(const Endpoint &one, const Endpoint &other)
{
    return one.port != 0 && one.port == other.port &&
           (one.address.unmapped() == other.address.unmapped() || one.address.isUnspecified() ||
            other.address.isUnspecified());
}

} // namespace higgs::server
