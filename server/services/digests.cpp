// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/digests.h"

#include "server/storage/records.h"

#include "shared/base/bytes.h"
#include "shared/crypto/hmac.h"
#include "shared/crypto/sha256.h"

namespace higgs::server {

std::string digestOf(std::string_view secret)
{
    return toHex(sha256(asBytes(secret)));
}

namespace {

// Tells it from the digest of an access key's name, and from those of versions before.
constexpr std::string_view Keyed = "keyed-";

} // namespace

std::string ClientGroups::of(const ClientId &client, const IpAddress &from) const
{
    const std::string who = "client|" + client.text() + '|' + from.toString();
    return std::string(Keyed) + toHex(hmacSha256(m_key.bytes(), asBytes(who)));
}

std::string ClientGroups::ofKey(std::string_view name, const ClientId &client) const
{
    // Half of a digest is more than enough, as groups of one key are compared alone.
    constexpr std::size_t Half = 32;
    const std::string who = "key|" + std::string(name) + '|' + client.text();
    return clientGroupOfKey(name) + '.' +
           toHex(hmacSha256(m_key.bytes(), asBytes(who))).substr(0, Half);
}

Secret<32> ClientGroups::keyFor(std::string_view purpose) const
{
    return Secret<32>(hmacSha256(m_key.bytes(), asBytes("key for|" + std::string(purpose))));
}

bool ClientGroups::isKeyed(std::string_view group)
{
    return group.starts_with(Keyed);
}

} // namespace higgs::server
