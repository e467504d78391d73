// SPDX-License-Identifier: GPL-3.0-or-later
// The text of resolv.conf(5): whose it is, and what we put in its place. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <cstdint>
#include <string>
#include <vector>

namespace higgs {

/// The C library reads no more nameserver lines (MAXNS of resolv.h).
constexpr std::size_t MaxNameservers = 3;

/// A file as it was found, for its return.
struct ResolvConf
{
    enum class Kind { Missing, Regular, Symlink };

    Kind kind = Kind::Missing;
    std::string content; ///< bytes of a file, target of a link
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;

    friend bool operator==(const ResolvConf &, const ResolvConf &) = default;
};

/// What a tunnel has made of this machine's resolvers; nothing while there is none.
struct TunnelResolvers
{
    std::vector<IpAddress> inside; ///< the tunnel's own, as the machine was told of them
    std::string replaced; ///< the resolv.conf in whose place ours stands; "": it stands in none
};

/// Ours: the first three servers, and the `options` of the original. Its search domains stay out,
/// or every short name would tell the exit where we work.
std::string renderResolvConf(const std::vector<IpAddress> &servers, std::string_view original);

/// True for what renderResolvConf() made, also when a crash cut it off.
bool isOurResolvConf(std::string_view content);

/// Who manages the file, by what it says and where it points (`target`, "" for no link).
bool isManagedByResolved(std::string_view content, std::string_view target);
bool isManagedByResolvconf(std::string_view content, std::string_view target);

} // namespace higgs
