// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/receipt_text.h"

#include "shared/control/terminal.h"

#include <algorithm>
#include <array>
#include <span>

namespace higgs::vpn {

using control::countMember;
using control::Json;

namespace {

struct Row
{
    const char *name;
    const char *words;
};

constexpr std::array LeftRows = {
    Row{"outside", "outside the tunnel: leaked"},
    Row{"tunnel", "the tunnel itself, sealed"},
    Row{"programs", "programs that you keep outside"},
    Row{"local", "to the local network and containers"},
    Row{"upkeep", "for an address: DHCP, neighbours"},
};
constexpr std::array RefusedRows = {
    Row{"names", "questions for names, past the tunnel"},
    Row{"ipv4", "IPv4 to the Internet, past the tunnel"},
    Row{"ipv6", "IPv6 to the Internet, past the tunnel"},
    Row{"local", "to the local network"},
    Row{"forwarded", "of containers and other machines"},
};

constexpr std::size_t WordsWidth = 40;
constexpr std::size_t PacketsWidth = 12;

std::string packetsText(std::uint64_t packets)
{
    return std::to_string(packets) + (packets == 1 ? " packet" : " packets");
}

std::string table(const char *title, const Json &counts, std::span<const Row> rows)
{
    std::string text = std::string("\n\n") + title;
    for (const Row &row : rows) {
        const Json count = control::hasMember(counts, row.name) ? counts.at(row.name) : Json();
        std::string words = row.words;
        words.resize(WordsWidth, ' ');
        std::string packets = std::to_string(countMember(count, "packets"));
        packets.insert(0, PacketsWidth - std::min(packets.size(), PacketsWidth), ' ');
        text += "\n  " + words + packets + "  " + control::bytesText(countMember(count, "bytes"));
    }
    return text;
}

Json part(const Json &receipt, const char *name)
{
    return control::hasMember(receipt, name) ? receipt.at(name) : Json();
}

std::uint64_t leaked(const Json &receipt)
{
    const Json left = part(receipt, "left");
    return control::hasMember(left, "outside") ? countMember(left.at("outside"), "packets") : 0;
}

} // namespace

bool isClean(const Json &receipt)
{
    return control::hasMember(receipt, "left") && leaked(receipt) == 0 &&
           countMember(receipt, "gaps") == 0;
}

std::string receiptText(const Json &receipt)
{
    if (!control::hasMember(receipt, "left"))
        return "Nothing was counted: the kill switch has not been up since the service started, or "
               "this machine's firewall cannot count.";
    const auto length = Seconds(countMember(receipt, "seconds"));
    std::string text = packetsText(leaked(receipt)) + " left outside the tunnel in " +
                       control::durationText(length) +
                       (control::flagMember(receipt, "counting") ? ", and the kill switch is up."
                        : control::hasMember(receipt, "until")
                            ? ". The kill switch is down, and nothing is counted any more."
                            : ". The kill switch is up, but nothing is counted at this moment: "
                              "another program keeps the counters away.");
    if (control::flagMember(receipt, "inherited"))
        text +=
            "\nThe service was not running for a while before that: what was counted meanwhile is "
            "in it.";
    if (const auto gaps = countMember(receipt, "gaps"); gaps > 0)
        text += "\nAnother program removed or changed the counters " +
                (gaps == 1 ? std::string("once") : std::to_string(gaps) + " times") +
                ": what left in these " +
                control::durationText(Seconds(countMember(receipt, "gapSeconds"))) +
                " is not known.";
    text += table("Left this machine", part(receipt, "left"), LeftRows);
    return text + table("Kept from leaving", part(receipt, "refused"), RefusedRows);
}

} // namespace higgs::vpn
