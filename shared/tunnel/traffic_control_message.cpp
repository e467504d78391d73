// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/traffic_control_message.h"

#include "shared/tunnel/netlink_attributes.h"

#include <arpa/inet.h>
#include <cstddef>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

namespace higgs {

namespace {

constexpr std::uint32_t HookHandle = TC_H_MAJ(TC_H_CLSACT);
/// Where nothing is known of a link's header: longer than any that is likely, so that lengths are
/// judged too strictly rather than not enough.
constexpr std::uint32_t UnknownHeader = 32;

template <typename T>
void append(Bytes &bytes, const T &value)
{
    const auto *raw = reinterpret_cast<const std::uint8_t *>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

void appendAttribute(Bytes &bytes, int type, ByteSpan payload)
{
    rtattr head{};
    head.rta_len = static_cast<unsigned short>(sizeof(rtattr) + payload.size());
    head.rta_type = static_cast<unsigned short>(type);
    append(bytes, head);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    bytes.resize(RTA_ALIGN(bytes.size()));
}

template <typename T>
void appendValue(Bytes &bytes, int type, const T &value)
{
    Bytes payload;
    append(payload, value);
    appendAttribute(bytes, type, payload);
}

void appendText(Bytes &bytes, int type, std::string_view text)
{
    Bytes payload(asBytes(text).begin(), asBytes(text).end());
    payload.push_back(0);
    appendAttribute(bytes, type, payload);
}

template <typename Body>
Bytes request(int type, int flags, const Body &body, const Bytes &attributes = {})
{
    static_assert(sizeof(Body) % NLMSG_ALIGNTO == 0);
    nlmsghdr head{};
    head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + sizeof(Body) + attributes.size());
    head.nlmsg_type = static_cast<std::uint16_t>(type);
    head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    Bytes message;
    append(message, head);
    append(message, body);
    message.insert(message.end(), attributes.begin(), attributes.end());
    return message;
}

tcmsg about(std::uint32_t link, std::uint32_t parent)
{
    tcmsg body{};
    body.tcm_family = AF_UNSPEC;
    body.tcm_ifindex = static_cast<int>(link);
    body.tcm_parent = parent;
    return body;
}

std::uint32_t parentOf(TrafficSide side)
{
    return TC_H_MAKE(TC_H_CLSACT, side == TrafficSide::Egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

tcmsg aboutFilter(std::uint32_t link, const FilterEntry &filter, TrafficSide side)
{
    tcmsg body = about(link, parentOf(side));
    body.tcm_handle = filter.handle;
    body.tcm_info = TC_H_MAKE(std::uint32_t{filter.preference} << 16, htons(ETH_P_ALL));
    return body;
}

std::uint32_t headerSize(unsigned short type)
{
    switch (type) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
        return ETH_HLEN;
    case ARPHRD_NONE:
    case ARPHRD_RAWIP:
    case ARPHRD_PPP:
    case ARPHRD_TUNNEL:
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT:
        return 0;
    default:
        return UnknownHeader;
    }
}

bool readLink(ByteReader body, LinkEntry &link)
{
    const auto head = takeNative<ifinfomsg>(body);
    if (!head)
        return false;
    link.index = static_cast<std::uint32_t>(head->ifi_index);
    link.loopback = (head->ifi_flags & IFF_LOOPBACK) != 0;
    link.header.size = headerSize(head->ifi_type);
    const bool ethernet = head->ifi_type == ARPHRD_ETHER;
    return forNetlinkAttributes(body, [&](unsigned short type, ByteSpan payload) {
        if (type == IFLA_IFNAME)
            link.name = netlinkText(payload);
        else if (type == IFLA_MASTER)
            link.master = netlinkNumber(payload).value_or(0);
        else if (type == IFLA_ADDRESS && ethernet && payload.size() == ETH_ALEN)
            std::copy(payload.begin(), payload.end(), link.header.own.emplace().begin());
        else if (type == IFLA_PERM_ADDRESS && ethernet && payload.size() == ETH_ALEN)
            std::copy(payload.begin(), payload.end(), link.header.permanent.emplace().begin());
    });
}

bool readHook(ByteReader body, HookEntry &hook)
{
    const auto head = takeNative<tcmsg>(body);
    if (!head)
        return false;
    hook.index =
        head->tcm_parent == TC_H_CLSACT ? static_cast<std::uint32_t>(head->tcm_ifindex) : 0;
    return forNetlinkAttributes(body, [&hook](unsigned short type, ByteSpan payload) {
        if (type == TCA_KIND)
            hook.kind = netlinkText(payload);
    });
}

BarrierProgram programOf(ByteSpan payload)
{
    BarrierProgram program;
    ByteReader reader(payload);
    while (const auto step = takeNative<sock_filter>(reader))
        program.push_back(*step);
    return program;
}

bool readFilter(ByteReader body, FilterEntry &filter)
{
    const auto head = takeNative<tcmsg>(body);
    if (!head)
        return false;
    filter.handle = head->tcm_handle;
    filter.preference = static_cast<std::uint16_t>(head->tcm_info >> 16);
    bool bpf = false;
    ByteSpan options;
    const bool whole = forNetlinkAttributes(body, [&](unsigned short type, ByteSpan payload) {
        if (type == TCA_KIND)
            bpf = netlinkText(payload) == "bpf";
        else if (type == TCA_OPTIONS)
            options = payload;
    });
    if (!whole || !bpf)
        return whole;
    return forNetlinkAttributes(ByteReader(options), [&](unsigned short type, ByteSpan payload) {
        if (type == TCA_BPF_OPS)
            filter.program = programOf(payload);
        else if (type == TCA_BPF_FLAGS)
            filter.direct = (netlinkNumber(payload).value_or(0) & TCA_BPF_FLAG_ACT_DIRECT) != 0;
    });
}

bool readMessage(unsigned short type, ByteReader body, TrafficAnswer &answer)
{
    switch (type) {
    case NLMSG_DONE:
        answer.ended = true;
        return true;
    case NLMSG_ERROR: {
        const auto error = takeNative<int>(body);
        answer.ended = true;
        answer.error = error ? -*error : 0;
        return error.has_value();
    }
    case RTM_NEWLINK:
        return readLink(body, answer.links.emplace_back());
    case RTM_NEWQDISC:
        return readHook(body, answer.hooks.emplace_back());
    case RTM_NEWTFILTER:
        return readFilter(body, answer.filters.emplace_back());
    default:
        return true;
    }
}

/// Calls `each(type, body)`; false when a message does not fit.
template <typename Each>
bool forMessages(ByteSpan datagram, Each each)
{
    ByteReader reader(datagram);
    while (reader.remaining() > 0) {
        const auto message = takeNetlinkMessage(reader);
        if (!message || !each(message->type, ByteReader(message->body)))
            return false;
    }
    return true;
}

} // namespace

Bytes linksQuestion()
{
    return request(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{});
}

Bytes hooksQuestion()
{
    return request(RTM_GETQDISC, NLM_F_DUMP, tcmsg{});
}

Bytes filtersQuestion(std::uint32_t link, TrafficSide side)
{
    return request(RTM_GETTFILTER, NLM_F_DUMP, about(link, parentOf(side)));
}

Bytes hookAddition(std::uint32_t link)
{
    tcmsg body = about(link, TC_H_CLSACT);
    body.tcm_handle = HookHandle;
    Bytes attributes;
    appendText(attributes, TCA_KIND, "clsact");
    return request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, body, attributes);
}

Bytes hookRemoval(std::uint32_t link)
{
    tcmsg body = about(link, TC_H_CLSACT);
    body.tcm_handle = HookHandle;
    Bytes attributes;
    appendText(attributes, TCA_KIND, "clsact");
    return request(RTM_DELQDISC, NLM_F_ACK, body, attributes);
}

Bytes filterAddition(std::uint32_t link, const FilterEntry &filter, TrafficSide side)
{
    Bytes code;
    for (const sock_filter &step : filter.program)
        append(code, step);
    Bytes options;
    appendValue(options, TCA_BPF_OPS_LEN, static_cast<std::uint16_t>(filter.program.size()));
    appendAttribute(options, TCA_BPF_OPS, code);
    appendValue(options, TCA_BPF_FLAGS, std::uint32_t{TCA_BPF_FLAG_ACT_DIRECT});
    Bytes attributes;
    appendText(attributes, TCA_KIND, "bpf");
    appendAttribute(attributes, TCA_OPTIONS, options);
    return request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_ACK, aboutFilter(link, filter, side),
                   attributes);
}

Bytes filterRemoval(std::uint32_t link, const FilterEntry &filter)
{
    Bytes attributes;
    appendText(attributes, TCA_KIND, "bpf");
    return request(RTM_DELTFILTER, NLM_F_ACK, aboutFilter(link, filter, TrafficSide::Egress),
                   attributes);
}

Result<TrafficAnswer> parseTrafficAnswer(ByteSpan datagram)
{
    TrafficAnswer answer;
    const bool whole = forMessages(datagram, [&answer](unsigned short type, ByteReader body) {
        return readMessage(type, body, answer);
    });
    if (!whole)
        return unexpected(ErrorCode::Malformed, "an answer about traffic control is cut off");
    std::erase_if(answer.hooks, [](const HookEntry &hook) { return hook.index == 0; });
    return answer;
}

bool tellsOfMoreThanShaping(ByteSpan datagram)
{
    bool more = false;
    const bool whole = forMessages(datagram, [&more](unsigned short type, ByteReader body) {
        const auto head = takeNative<tcmsg>(body);
        const bool discipline = type == RTM_NEWQDISC || type == RTM_DELQDISC;
        const bool shaper = type == RTM_NEWTCLASS || type == RTM_DELTCLASS ||
                            (discipline && head && head->tcm_parent != TC_H_CLSACT);
        more = more || !shaper;
        return true;
    });
    return more || !whole;
}

} // namespace higgs
