// SPDX-License-Identifier: GPL-3.0-or-later
// A node's session token: a JWT (RFC 7519) with HS256 (RFC 7518 section 3.2), issued and accepted
// in one spelling only.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/ids.h"
#include "shared/base/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace higgs {

/// Specification 1.1: valid for 24 hours.
constexpr Seconds NodeTokenLife{86400};
constexpr std::size_t MaxTokenText = 1024;

struct NodeTokenClaims
{
    NodeId node;          ///< sub
    Seconds issuedAt{0};  ///< iat, since 1970
    Seconds expiresAt{0}; ///< exp, since 1970
    std::string tokenId;  ///< jti

    [[nodiscard]] WallTime expiry() const { return {expiresAt.count() * 1000}; }
    friend bool operator==(const NodeTokenClaims &, const NodeTokenClaims &) = default;
};

/// Holds the server's signing key, and for some time the one before it.
class NodeTokens
{
public:
    explicit NodeTokens(Secret<32> key) : m_key(std::move(key)) {}

    /// What another key has signed is accepted, too, until forgetFormer(). One at a time.
    void acceptFormer(Secret<32> key) { m_former = std::move(key); }
    void forgetFormer() { m_former.reset(); }
    /// Signs with `key` from now on; the present one is the former.
    void rotate(Secret<32> key);

    /// `tokenId` must be unique (a random UUID).
    [[nodiscard]] SecretText issue(const NodeId &node, WallTime now,
                                   std::string_view tokenId) const;

    /// Total on any text. Whatever is wrong, the answer is the same Unauthorized: another
    /// algorithm or header, another MAC, a claim that is missing, of another type or spelling,
    /// unused bits, padding, more or fewer dots, another issuer, a token that has expired.
    [[nodiscard]] Result<NodeTokenClaims> verify(std::string_view token, WallTime now) const;
    /// The same for a caller that judges the expiry by itself.
    [[nodiscard]] Result<NodeTokenClaims> verifySigned(std::string_view token) const;

private:
    [[nodiscard]] bool isSigned(std::string_view text, ByteSpan mac) const;

    Secret<32> m_key;
    std::optional<Secret<32>> m_former;
};

} // namespace higgs
