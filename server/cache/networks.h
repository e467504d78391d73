// SPDX-License-Identifier: GPL-3.0-or-later
// For whom an address counts: itself, and in IPv6 the networks that one subscriber or one site has.
#pragma once

#include "shared/base/endpoint.h"

namespace higgs::server {

/// The IPv6 prefix lengths that are counted, shortest first.
constexpr unsigned SitePrefix = 48;
constexpr unsigned DelegatedPrefix = 56;
constexpr unsigned SubscriberPrefix = 64;

/// The first `length` bits (a multiple of 8) of an IPv6 address; an IPv4 address, mapped or not,
/// as it is.
IpAddress networkOf(const IpAddress &address, unsigned length);

/// An IPv4 address, or the /64 of an IPv6 address: what one subscriber usually has.
inline IpAddress subscriberOf(const IpAddress &address)
{
    return networkOf(address, SubscriberPrefix);
}

/// An IPv4 address, or the /48 of an IPv6 address: the most that anybody gets without asking.
inline IpAddress siteOf(const IpAddress &address)
{
    return networkOf(address, SitePrefix);
}

} // namespace higgs::server
