// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/resolv_conf.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr std::string_view OurFirstLine =
    "# Written by Higgs.net: the original returns when the tunnel goes down.\n";

// systemd-resolved(8): the stub listener.
constexpr std::string_view ResolvedStub = "127.0.0.53";

std::string_view takeLine(std::string_view &text)
{
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

/// What follows a keyword at the beginning of a line, or an empty view.
std::string_view valueOf(std::string_view line, std::string_view keyword)
{
    if (!line.starts_with(keyword))
        return {};
    line.remove_prefix(keyword.size());
    const auto begin = line.find_first_not_of(" \t");
    if (begin == 0 || begin == std::string_view::npos)
        return {};
    return line.substr(begin);
}

} // namespace

std::string renderResolvConf(const std::vector<IpAddress> &servers, std::string_view original)
{
    std::string text(OurFirstLine);
    for (std::size_t i = 0; i < std::min(servers.size(), MaxNameservers); ++i)
        text += "nameserver " + servers[i].toString() + "\n";
    while (!original.empty()) {
        const std::string_view line = takeLine(original);
        if (!valueOf(line, "options").empty())
            text += std::string(line) + "\n";
    }
    return text;
}

bool isOurResolvConf(std::string_view content)
{
    return content.starts_with(OurFirstLine) || OurFirstLine.starts_with(content);
}

bool isManagedByResolved(std::string_view content, std::string_view target)
{
    if (target.find("/systemd/resolve/") != std::string_view::npos)
        return true;
    while (!content.empty()) {
        if (valueOf(takeLine(content), "nameserver") == ResolvedStub)
            return true;
    }
    return false;
}

bool isManagedByResolvconf(std::string_view content, std::string_view target)
{
    if (target.find("/resolvconf/") != std::string_view::npos)
        return true;
    // openresolv and Debian's resolvconf both say so in their first line.
    const std::string_view first = takeLine(content);
    return first.starts_with('#') && first.find("resolvconf") != std::string_view::npos;
}

} // namespace higgs
