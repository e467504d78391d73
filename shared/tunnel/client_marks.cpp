// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_marks.h"

#include "shared/tunnel/client_ruleset.h"

#include <array>
#include <cstdio>

namespace higgs {

std::string hexMark(std::uint32_t mark)
{
    std::array<char, 11> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", mark);
    return text.data();
}

std::string ownMark(const ClientNetworkOptions &options)
{
    return "meta mark " + hexMark(options.mark) + " meta skuid " + std::to_string(options.uid) +
           " ";
}

std::string markChains(const ClientNetworkOptions &options)
{
    const std::string mark = hexMark(options.mark);
    return "    chain restore_mark {\n"
           "        type filter hook prerouting priority -150; policy accept;\n"
           "        ct mark { " +
           mark + ", " + hexMark(options.excludeMark) +
           " } meta mark set ct mark\n"
           "    }\n"
           "    chain save_mark {\n"
           "        type filter hook postrouting priority -150; policy accept;\n"
           "        " +
           ownMark(options) +
           "ct mark set meta mark\n"
           "    }\n";
}

std::string excludeChain(const ClientNetworkOptions &options, const BlockPolicy &policy)
{
    const std::string mark = hexMark(options.excludeMark);
    std::string text = "    chain exclude {\n"
                       "        type route hook output priority -150; policy accept;\n";
    if (policy.excludeGid) {
        const std::string group = std::to_string(*policy.excludeGid);
        text += "        meta mark " + mark + " meta mark set 0\n        oifname \"lo\" return\n" +
                "        " + std::string(Port53) + "return\n        meta skgid " + group +
                " ct mark set " + mark + "\n        meta skgid != " + group +
                " return\n        ct mark " + mark + " meta mark set " + mark + "\n";
    }
    return text + "    }\n";
}

std::string leaveOutside(const std::string &mark, std::uint32_t gid)
{
    const std::string marked = "        meta mark " + mark + " ";
    const std::string group = std::to_string(gid);
    return marked + "meta skgid " + group + " accept\n" + marked + "meta skgid != " + group +
           " drop\n" + marked + "ct mark " + mark + " accept\n";
}

} // namespace higgs
