// SPDX-License-Identifier: GPL-3.0-or-later
// WireGuard's Curve25519 keys (RFC 7748) as distinct types, and the system's secure randomness.
#pragma once

#include "shared/base/secret.h"

#include <array>
#include <compare>

namespace higgs {

/// A Curve25519 public key. Its text form is canonical base64 of 32 bytes, as `wg` prints it.
class PublicKey
{
public:
    static constexpr std::size_t Size = 32;

    PublicKey() = default;
    explicit PublicKey(std::span<const std::uint8_t, Size> bytes);

    /// Canonical base64 of 32 bytes; low-order points (RFC 7748 section 6.1: an all-zero shared
    /// secret) are refused, because anybody could prove possession of their key.
    static Result<PublicKey> parse(std::string_view base64);

    [[nodiscard]] std::span<const std::uint8_t, Size> bytes() const { return m_bytes; }
    [[nodiscard]] std::string toBase64() const;
    [[nodiscard]] bool isNull() const { return m_bytes == std::array<std::uint8_t, Size>{}; }

    friend bool operator==(const PublicKey &, const PublicKey &) = default;
    friend auto operator<=>(const PublicKey &, const PublicKey &) = default;

private:
    std::array<std::uint8_t, Size> m_bytes{};
};

/// A Curve25519 private key; moved, never silently copied.
class PrivateKey
{
public:
    static constexpr std::size_t Size = 32;

    explicit PrivateKey(Secret<Size> bytes) : m_bytes(std::move(bytes)) {}

    static PrivateKey generate();
    static Result<PrivateKey> parse(std::string_view base64);

    [[nodiscard]] PublicKey publicKey() const;
    /// X25519; Malformed when the result is all zero (RFC 7748 section 6.1).
    [[nodiscard]] Result<Secret<Size>> sharedSecret(const PublicKey &peer) const;
    [[nodiscard]] PrivateKey copy() const { return PrivateKey(m_bytes.copy()); }
    /// For the one place that hands the key to a WireGuard device or to a 0600 file.
    [[nodiscard]] SecretText toBase64() const;

private:
    Secret<Size> m_bytes;
};

/// Must be called once by main() before anything else of this library. False: no randomness.
bool initializeCrypto();

void fillRandom(MutableByteSpan out);
/// A random (version 4) UUID in lower case.
std::string randomUuid();
/// Uniform in [0, 1), for jitter only.
double randomUnit();

} // namespace higgs

template <>
struct std::hash<higgs::PublicKey>
{
    std::size_t operator()(const higgs::PublicKey &key) const noexcept
    {
        return std::hash<std::string_view>{}(higgs::asText(key.bytes()));
    }
};
