// SPDX-License-Identifier: GPL-3.0-or-later
// How secrets, and who somebody is, are kept: by their digest.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/base/ids.h"
#include "shared/base/secret.h"

#include <string>
#include <string_view>

namespace higgs::server {

/// Hex SHA-256: how tokens and access keys are kept, which are random and long.
std::string digestOf(std::string_view secret);

/// Who counts for the limit of sessions per client. Without an access key it is the client's id and
/// address under a key of this server's, as all IPv4 addresses can be tried against a plain digest.
class ClientGroups
{
public:
    explicit ClientGroups(Secret<32> key) : m_key(std::move(key)) {}

    [[nodiscard]] std::string of(const ClientId &client, const IpAddress &from) const;
    /// A client of the access key of that name, wherever it comes from: a SessionRecord's group.
    [[nodiscard]] std::string ofKey(std::string_view name, const ClientId &client) const;
    /// A key of its own for what only servers with the same one may read of each other.
    [[nodiscard]] Secret<32> keyFor(std::string_view purpose) const;
    /// Whether it was made by of(), under whatever key.
    static bool isKeyed(std::string_view group);

private:
    Secret<32> m_key;
};

} // namespace higgs::server
