// SPDX-License-Identifier: GPL-3.0-or-later
// Where IPv6 is alone and the provider translates (NAT64): how an IPv4 address is written there
// (RFC 6052), found out by a name that has IPv4 addresses alone (RFC 7050). Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <optional>
#include <span>

namespace higgs {

class Nat64Prefix
{
public:
    /// The name to look up; who has an IPv6 address for it has a translation.
    static constexpr std::string_view AskedName = "ipv4only.arpa";

    /// Of the addresses of AskedName. Nullopt where no address, or not a single length of the
    /// prefix, explains them: a guess would have datagrams sent to somebody.
    static std::optional<Nat64Prefix> fromAnswer(std::span<const IpAddress> addresses);

    /// Null for what is no IPv4 address.
    [[nodiscard]] IpAddress of(const IpAddress &v4) const;
    /// What an address in the prefix stands for; nullopt for others.
    [[nodiscard]] std::optional<IpAddress> in(const IpAddress &address) const;
    [[nodiscard]] bool contains(const IpAddress &address) const
    {
        return m_prefix.contains(address);
    }

    friend bool operator==(const Nat64Prefix &, const Nat64Prefix &) = default;

private:
    explicit Nat64Prefix(const IpPrefix &prefix) : m_prefix(prefix) {}

    IpPrefix m_prefix;
};

} // namespace higgs
