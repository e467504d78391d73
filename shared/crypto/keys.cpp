// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/keys.h"

#include <algorithm>
#include <sodium.h>

namespace higgs {

namespace {

bool isLowOrder(std::span<const std::uint8_t, PublicKey::Size> point)
{
    // Any scalar will do: a low-order point gives zero with every clamped scalar.
    std::array<std::uint8_t, 32> scalar{};
    scalar.fill(0x55);
    std::array<std::uint8_t, 32> shared{};
    return crypto_scalarmult_curve25519(shared.data(), scalar.data(), point.data()) != 0;
}

} // namespace

PublicKey::PublicKey(std::span<const std::uint8_t, Size> bytes)
{
    std::copy(bytes.begin(), bytes.end(), m_bytes.begin());
}

Result<PublicKey> PublicKey::parse(std::string_view base64)
{
    const Result<Bytes> bytes = fromBase64(base64);
    if (!bytes)
        return unexpected(bytes.error());
    if (bytes->size() != Size)
        return unexpected(ErrorCode::Malformed, "a key must have 32 bytes");
    const std::span<const std::uint8_t, Size> point(bytes->data(), Size);
    if (isLowOrder(point))
        return unexpected(ErrorCode::Malformed, "a key of low order");
    return PublicKey(point);
}

std::string PublicKey::toBase64() const
{
    return higgs::toBase64(m_bytes);
}

PrivateKey PrivateKey::generate()
{
    Secret<Size> bytes;
    fillRandom(bytes.mutableBytes());
    // Clamped as in RFC 7748 section 5, so that every tool shows the same text for the key.
    bytes.mutableBytes()[0] &= 248U;
    bytes.mutableBytes()[31] = static_cast<std::uint8_t>((bytes.bytes()[31] & 127U) | 64U);
    return PrivateKey(std::move(bytes));
}

Result<PrivateKey> PrivateKey::parse(std::string_view base64)
{
    Result<Bytes> bytes = fromBase64(base64);
    if (!bytes)
        return unexpected(bytes.error());
    if (bytes->size() != Size)
        return unexpected(ErrorCode::Malformed, "a key must have 32 bytes");
    Secret<Size> key{std::span<const std::uint8_t, Size>(bytes->data(), Size)};
    wipe(*bytes);
    return PrivateKey(std::move(key));
}

PublicKey PrivateKey::publicKey() const
{
    std::array<std::uint8_t, Size> point{};
    crypto_scalarmult_curve25519_base(point.data(), m_bytes.bytes().data());
    return PublicKey(point);
}

Result<Secret<PrivateKey::Size>> PrivateKey::sharedSecret(const PublicKey &peer) const
{
    Secret<Size> shared;
    if (crypto_scalarmult_curve25519(shared.mutableBytes().data(), m_bytes.bytes().data(),
                                     peer.bytes().data()) != 0)
        return unexpected(ErrorCode::Malformed, "a key of low order");
    return shared;
}

SecretText PrivateKey::toBase64() const
{
    return SecretText(higgs::toBase64(m_bytes.bytes()));
}

bool initializeCrypto()
{
    return sodium_init() >= 0;
}

void fillRandom(MutableByteSpan out)
{
    randombytes_buf(out.data(), out.size());
}

std::string randomUuid()
{
    std::array<std::uint8_t, 16> bytes{};
    fillRandom(bytes);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
    std::string text = toHex(bytes);
    for (const std::size_t at : {std::size_t{8}, std::size_t{13}, std::size_t{18}, std::size_t{23}})
        text.insert(at, 1, '-');
    return text;
}

double randomUnit()
{
    return static_cast<double>(randombytes_random()) / 4294967296.0;
}

} // namespace higgs
