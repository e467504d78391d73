// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/conntrack_message.h"

#include <cstring>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

namespace higgs {

namespace {

constexpr std::uint16_t Subsystem = NFNL_SUBSYS_CTNETLINK << 8;

template <typename T>
void append(Bytes &bytes, const T &value)
{
    const auto *raw = reinterpret_cast<const std::uint8_t *>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

Bytes request(int type, int flags, IpAddress::Family family, ByteSpan attributes)
{
    Bytes message;
    nlmsghdr head{};
    head.nlmsg_len =
        static_cast<std::uint32_t>(NLMSG_HDRLEN + sizeof(nfgenmsg) + attributes.size());
    head.nlmsg_type = static_cast<std::uint16_t>(Subsystem | type);
    head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    append(message, head);
    nfgenmsg about{};
    about.nfgen_family = family == IpAddress::Family::V4 ? AF_INET : AF_INET6;
    about.version = NFNETLINK_V0;
    append(message, about);
    message.insert(message.end(), attributes.begin(), attributes.end());
    return message;
}

/// Calls `each(type, payload, whole)` for every attribute; false when one does not fit.
template <typename Each>
bool forAttributes(ByteSpan bytes, Each each)
{
    while (!bytes.empty()) {
        nlattr head{};
        if (bytes.size() < sizeof(head))
            return false;
        std::memcpy(&head, bytes.data(), sizeof(head));
        if (head.nla_len < sizeof(head) || head.nla_len > bytes.size())
            return false;
        each(head.nla_type & NLA_TYPE_MASK,
             bytes.subspan(sizeof(head), head.nla_len - sizeof(head)), bytes.first(head.nla_len));
        bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(head.nla_len), bytes.size()));
    }
    return true;
}

IpAddress sourceOf(ByteSpan tuple)
{
    IpAddress source;
    const auto address = [&source](int type, ByteSpan payload, ByteSpan) {
        if (type == CTA_IP_V4_SRC && payload.size() == 4)
            source = IpAddress::v4(payload.first<4>());
        else if (type == CTA_IP_V6_SRC && payload.size() == 16)
            source = IpAddress::v6(payload.first<16>());
    };
    forAttributes(tuple, [&address](int type, ByteSpan payload, ByteSpan) {
        if (type == CTA_TUPLE_IP)
            forAttributes(payload, address);
    });
    return source;
}

bool readEntry(ByteSpan body, ConntrackAnswer &answer)
{
    if (body.size() < sizeof(nfgenmsg))
        return false;
    ConntrackEntry entry;
    const bool whole = forAttributes(
        body.subspan(sizeof(nfgenmsg)), [&entry](int type, ByteSpan payload, ByteSpan attribute) {
            if (type == CTA_TUPLE_ORIG)
                entry.source = sourceOf(payload);
            if (type != CTA_TUPLE_ORIG && type != CTA_ID && type != CTA_ZONE)
                return;
            entry.key.insert(entry.key.end(), attribute.begin(), attribute.end());
            entry.key.resize(NLA_ALIGN(entry.key.size()));
        });
    if (whole && !entry.source.isNull())
        answer.entries.push_back(std::move(entry));
    return whole;
}

} // namespace

Bytes conntrackDump(IpAddress::Family family)
{
    return request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, family, {});
}

Bytes conntrackDeletion(const ConntrackEntry &entry)
{
    return request(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, entry.source.family(), entry.key);
}

Result<ConntrackAnswer> parseConntrackAnswer(ByteSpan datagram)
{
    const auto malformed = unexpected(ErrorCode::Malformed, "an answer of connection tracking");
    ConntrackAnswer answer;
    while (!datagram.empty()) {
        nlmsghdr head{};
        if (datagram.size() < sizeof(head))
            return malformed;
        std::memcpy(&head, datagram.data(), sizeof(head));
        if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > datagram.size())
            return malformed;
        const ByteSpan body = datagram.subspan(sizeof(head), head.nlmsg_len - sizeof(head));
        if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR) {
            std::int32_t code = 0;
            if (body.size() < sizeof(code))
                return malformed;
            std::memcpy(&code, body.data(), sizeof(code));
            answer.ended = true;
            answer.error = code < 0 && code > -4096 ? -code : 0;
        } else if (head.nlmsg_type == (Subsystem | IPCTNL_MSG_CT_NEW) && !readEntry(body, answer)) {
            return malformed;
        }
        datagram =
            datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
    }
    return answer;
}

} // namespace higgs
