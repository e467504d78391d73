// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/leak_rules.h"

#include "shared/tunnel/client_marks.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/netlink_question.h"
#include "shared/tunnel/nft_text.h"

#include <algorithm>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr std::array LeftNames{"tunnel", "programs", "upkeep", "local", "outside"};
constexpr std::array RefusedNames{"names", "local", "ipv4", "ipv6", "forwarded"};
static_assert(LeftNames.size() == LeftKinds && RefusedNames.size() == RefusedKinds);

// The block judges at priority 300 of each hook: one look right before it, and one behind.
constexpr const char *Wanted = "wanted_";
constexpr const char *Passed = "passed_";
constexpr const char *LeftPrefix = "left_";

std::string counted(const std::string &name)
{
    return "counter name " + name + " ";
}

std::string toLocal(Family family)
{
    std::vector<std::string_view> there(lanPrefixes(family).begin(), lanPrefixes(family).end());
    if (family == Family::V4) {
        there.push_back("224.0.0.0/4");
        there.push_back("255.255.255.255");
    } else {
        there.push_back("ff00::/8");
    }
    return nftDaddr(family) + nftSet(std::span<const std::string_view>(there)) + " ";
}

/// Of this machine's own packets that are not the tunnel's, which kind each is.
std::string ownPackets(const char *chain, const char *prefix, int priority,
                       const std::string &aside)
{
    std::string text = std::string("    chain ") + chain +
                       " {\n"
                       "        type filter hook output priority " +
                       std::to_string(priority) + "; policy accept;\n" + aside;
    const auto count = [&](const std::string &match, Refused kind) {
        text += "        " + match + counted(std::string(prefix) + toString(kind)) + "return\n";
    };
    count(Port53, Refused::Names);
    count(toLocal(Family::V4), Refused::Local);
    count(toLocal(Family::V6), Refused::Local);
    count("meta nfproto ipv4 ", Refused::Ipv4);
    count("meta nfproto ipv6 ", Refused::Ipv6);
    return text + "    }\n";
}

std::string forwardedPackets(const char *chain, const char *prefix, int priority)
{
    return std::string("    chain ") + chain +
           " {\n"
           "        type filter hook forward priority " +
           std::to_string(priority) + "; policy accept;\n        " +
           counted(std::string(prefix) + toString(Refused::Forwarded)) + "\n    }\n";
}

/// The last look of all, whoever sent it: nothing of nftables comes behind.
std::string leaving(const ClientNetworkOptions &options, const BlockPolicy &policy, bool excludes,
                    const std::string &inside, const ClientSurroundings &around)
{
    std::string text = "    chain leaving {\n"
                       "        type filter hook postrouting priority 400; policy accept;\n" +
                       inside;
    const auto count = [&](const std::string &match, Left kind) {
        text += "        " + match + counted(std::string(LeftPrefix) + toString(kind)) + "return\n";
    };
    count(ownMark(options), Left::Tunnel);
    if (excludes)
        count("meta mark " + hexMark(options.excludeMark) + " ", Left::Programs);
    for (const std::string &match : upkeepMatches())
        count(match, Left::Upkeep);
    if (!around.locals.empty())
        count("oifname " + nftNames(around.locals) + " ", Left::Local);
    if (policy.allowLan) { // as the block lets it out, and no further: see lanRules()
        count(Port53, Left::Outside);
        for (const Family family : {Family::V4, Family::V6}) {
            count(nftDaddr(family) + nftSet(lanPrefixes(family)) + " ", Left::Local);
            count(nftDaddr(family) + nftSet(linkMulticast(family)) + " ", Left::Local);
        }
    }
    count("", Left::Outside);
    return text + "    }\n";
}

std::uint64_t big(ByteSpan payload)
{
    ByteReader reader(payload);
    return payload.size() == sizeof(std::uint64_t) ? *reader.u64() : 0;
}

std::uint64_t difference(std::uint64_t wanted, std::uint64_t passed)
{
    return wanted > passed ? wanted - passed : 0;
}

} // namespace

const char *toString(Left kind)
{
    return LeftNames.at(std::size_t(kind));
}

const char *toString(Refused kind)
{
    return RefusedNames.at(std::size_t(kind));
}

LeakFigures &LeakFigures::operator+=(const LeakFigures &other)
{
    const auto add = [](auto &to, const auto &what) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i].packets += what[i].packets;
            to[i].bytes += what[i].bytes;
        }
    };
    add(left, other.left);
    add(refused, other.refused);
    return *this;
}

std::string leakRules(const ClientNetworkOptions &options, const BlockPolicy &policy, bool excludes,
                      const ClientSurroundings &around)
{
    const std::string inside =
        std::string("        oifname { \"lo\", \"") + options.interfaceName + "\" } return\n";
    const std::string aside = inside + "        " + ownMark(options) + "return\n";
    std::string counters;
    // In the order in which they are told: see leakFigures().
    for (const char *prefix : {Wanted, Passed}) {
        for (const char *kind : RefusedNames)
            counters += std::string("    counter ") + prefix + kind + " {\n    }\n";
    }
    for (const char *kind : LeftNames)
        counters += std::string("    counter ") + LeftPrefix + kind + " {\n    }\n";
    const std::string chains = ownPackets("wanting", Wanted, 299, aside) +
                               ownPackets("passing", Passed, 301, aside) +
                               forwardedPackets("wanting_through", Wanted, 299) +
                               forwardedPackets("passing_through", Passed, 301) +
                               leaving(options, policy, excludes, inside, around);
    return nftReplacement(LeakTable,
                          std::string("table ") + LeakTable + " {\n" + counters + chains + "}\n");
}

std::string leakRulesRemoval()
{
    const std::string table = std::string("table ") + LeakTable;
    return table + " {}\ndelete " + table + "\n";
}

Bytes leakQuestion()
{
    constexpr std::string_view Table = LeakTable;
    nfgenmsg body{};
    body.nfgen_family = NFPROTO_INET;
    NetlinkQuestion question(nftMessageType(NFT_MSG_GETOBJ), NLM_F_DUMP, body);
    question.add(NFTA_OBJ_TABLE, std::string(Table.substr(Table.find(' ') + 1)));
    return question.finished();
}

Result<NamedCounter> readCounter(ByteSpan body)
{
    constexpr std::size_t Head = NLMSG_ALIGN(sizeof(nfgenmsg));
    const ByteSpan data = netlinkAttribute(body, Head, NFTA_OBJ_DATA);
    NamedCounter counter{netlinkText(netlinkAttribute(body, Head, NFTA_OBJ_NAME)),
                         {big(netlinkAttribute(data, 0, NFTA_COUNTER_PACKETS)),
                          big(netlinkAttribute(data, 0, NFTA_COUNTER_BYTES))}};
    if (counter.name.empty() || data.empty())
        return unexpected(ErrorCode::Malformed, "no counter of nftables");
    return counter;
}

Result<LeakFigures> leakFigures(const std::vector<NamedCounter> &counters)
{
    bool whole = true;
    const auto of = [&](const std::string &name) {
        const auto found =
            std::find_if(counters.begin(), counters.end(),
                         [&name](const NamedCounter &each) { return each.name == name; });
        whole = whole && found != counters.end();
        return found != counters.end() ? found->count : LeakCount();
    };
    LeakFigures figures;
    for (std::size_t i = 0; i < LeftKinds; ++i)
        figures.left.at(i) = of(std::string(LeftPrefix) + LeftNames.at(i));
    for (std::size_t i = 0; i < RefusedKinds; ++i) {
        const LeakCount wanted = of(std::string(Wanted) + RefusedNames.at(i));
        const LeakCount passed = of(std::string(Passed) + RefusedNames.at(i));
        figures.refused.at(i) = {difference(wanted.packets, passed.packets),
                                 difference(wanted.bytes, passed.bytes)};
    }
    if (!whole)
        return unexpected(ErrorCode::NotFound, "the counters are not there");
    return figures;
}

} // namespace higgs
