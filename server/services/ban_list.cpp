// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/ban_list.h"

#include "server/cache/networks.h"

#include <algorithm>

namespace higgs::server {

namespace {

std::string indexOf(BanRecord::Kind kind, std::string_view subject)
{
    return std::to_string(static_cast<int>(kind)) + ' ' + std::string(subject);
}

/// The network of that length that the address is in, as IpPrefix spells it.
std::string networkText(const IpAddress &address, unsigned length)
{
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan from = address.bytes();
    std::copy(from.begin(), from.end(), bytes.begin());
    for (unsigned bit = length; bit < from.size() * 8; ++bit)
        bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    const IpAddress network = address.isV4()
                                  ? IpAddress::v4(std::span<const std::uint8_t>(bytes).first<4>())
                                  : IpAddress::v6(bytes);
    return IpPrefix{network, length}.toString();
}

} // namespace

IpPrefix bannedWith(const IpAddress &address)
{
    return {subscriberOf(address), address.unmapped().isV4() ? 32U : SubscriberPrefix};
}

void BanList::take(const Clocks &now, std::vector<BanRecord> records)
{
    const auto before = std::exchange(m_bans, {});
    m_nodeKeys.clear();
    m_lengths4.clear();
    m_lengths6.clear();
    for (BanRecord &record : records) {
        const std::string index = indexOf(record.kind, record.subject);
        Ban ban;
        const auto known = before.find(index);
        if (known != before.end() && known->second.record == record)
            ban.until = known->second.until;
        else if (record.until)
            ban.until = now.inside(*record.until);
        if (ban.until && *ban.until <= now.boot)
            continue;
        if (record.kind == BanRecord::Kind::Node && !record.nodeKey.empty())
            m_nodeKeys[record.nodeKey] = record.subject;
        if (record.kind == BanRecord::Kind::Network) {
            const auto network = IpPrefix::parse(record.subject);
            if (!network)
                continue;
            (network->address.isV4() ? m_lengths4 : m_lengths6).insert(network->length);
        }
        ban.record = std::move(record);
        m_bans.emplace(index, std::move(ban));
    }
}

const BanList::Ban *BanList::find(BootTime now, BanRecord::Kind kind,
                                  std::string_view subject) const
{
    const auto found = m_bans.find(indexOf(kind, subject));
    if (found == m_bans.end() || (found->second.until && *found->second.until <= now))
        return nullptr;
    return &found->second;
}

bool BanList::hasKey(BootTime now, std::string_view name) const
{
    return find(now, BanRecord::Kind::Key, name) != nullptr;
}

bool BanList::hasAddress(BootTime now, const IpAddress &address) const
{
    const IpAddress plain = address.unmapped();
    const auto &lengths = plain.isV4() ? m_lengths4 : m_lengths6;
    return !plain.isNull() && std::any_of(lengths.begin(), lengths.end(), [&](unsigned length) {
        return find(now, BanRecord::Kind::Network, networkText(plain, length)) != nullptr;
    });
}

const BanRecord *BanList::findNode(BootTime now, const NodeId &id,
                                   const protocol::KeyText &key) const
{
    const Ban *ban = find(now, BanRecord::Kind::Node, id.text());
    if (const auto byKey = m_nodeKeys.find(key.text()); ban == nullptr && byKey != m_nodeKeys.end())
        ban = find(now, BanRecord::Kind::Node, byKey->second);
    return ban == nullptr ? nullptr : &ban->record;
}

} // namespace higgs::server
