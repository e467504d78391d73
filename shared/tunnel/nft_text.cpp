// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/nft_text.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace higgs {

namespace {

template <typename Range, typename Text>
std::string joined(const Range &elements, Text text)
{
    std::string set = "{ ";
    bool first = true;
    for (const auto &element : elements) {
        if (!first)
            set += ", ";
        set += text(element);
        first = false;
    }
    return set + " }";
}

} // namespace

std::string nftDaddr(IpAddress::Family family)
{
    return family == IpAddress::Family::V4 ? "ip daddr " : "ip6 daddr ";
}

std::string nftSaddr(IpAddress::Family family)
{
    return family == IpAddress::Family::V4 ? "ip saddr " : "ip6 saddr ";
}

std::string nftSet(const std::vector<IpAddress> &addresses)
{
    return joined(addresses, [](const IpAddress &a) { return a.toString(); });
}

std::string nftSet(const std::vector<IpPrefix> &prefixes)
{
    return joined(prefixes, [](const IpPrefix &p) { return p.toString(); });
}

std::string nftSet(std::span<const std::string_view> prefixes)
{
    return joined(prefixes, [](std::string_view p) { return std::string(p); });
}

std::string nftReplacement(const std::string &table, const std::string &text)
{
    constexpr std::string_view Chain = "    chain ";
    constexpr std::string_view Set = "    set ";
    constexpr std::string_view Counter = "    counter ";
    constexpr std::string_view Declarations[] = {"        type ", "        flags ",
                                                 "        auto-merge"};
    std::string skeleton = "table " + table + " {\n";
    std::string flush = "flush table " + table + "\n"; // rules only: the rest stays
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::string_view view = line;
        const bool head =
            view.starts_with(Chain) || view.starts_with(Set) || view.starts_with(Counter);
        const bool declaration =
            std::any_of(std::begin(Declarations), std::end(Declarations),
                        [&](std::string_view prefix) { return view.starts_with(prefix); });
        if (head || declaration || view == "    }")
            skeleton += line + "\n";
        if (view.starts_with(Set))
            flush += "flush set " + table + " " +
                     line.substr(Set.size(), line.find(" {") - Set.size()) + "\n";
    }
    return skeleton + "}\n" + flush + text;
}

} // namespace higgs
