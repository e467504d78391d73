// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/interface_address.h"

#include <algorithm>
#include <charconv>
#include <net/if.h>

namespace higgs {

namespace {

unsigned widthOf(const IpAddress &address)
{
    return address.isV4() ? 32 : 128;
}

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

} // namespace

Result<InterfaceAddress> InterfaceAddress::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address)
        return unexpected(address.error());
    InterfaceAddress result{*address, widthOf(*address)};
    if (slash == std::string_view::npos)
        return result;
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result.prefixLength);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.size() > 3 ||
        (digits.size() > 1 && digits[0] == '0') || result.prefixLength > widthOf(*address))
        return unexpected(ErrorCode::Malformed, "not a prefix length");
    return result;
}

std::string InterfaceAddress::toString() const
{
    return address.toString() + "/" + std::to_string(prefixLength);
}

IpPrefix InterfaceAddress::hostPrefix() const
{
    return {address, widthOf(address)};
}

Result<void> checkInterfaceName(std::string_view name)
{
    if (name.empty() || name.size() >= IFNAMSIZ)
        return unexpected(ErrorCode::InvalidArgument, "an interface name has 1 to 15 characters");
    // A leading dot would be "." or "..", or hidden, under /proc/sys/net.
    if (name.front() == '-' || name.front() == '.' ||
        !std::all_of(name.begin(), name.end(), isNameCharacter))
        return unexpected(ErrorCode::InvalidArgument,
                          "an interface name has letters, digits, '_', '.', '-' only");
    return {};
}

} // namespace higgs
