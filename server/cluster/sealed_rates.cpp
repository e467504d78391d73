// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/sealed_rates.h"

#include "shared/crypto/aead.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace higgs::server {

namespace {

// A row: class, family, an IPv4 address or the first half of an IPv6 one, tokens in thousandths.
constexpr std::uint8_t V4 = 4;
constexpr std::uint8_t V6 = 6;
constexpr std::size_t NetworkBytes = 8;
constexpr double Thousandths = 1000;
// More than any bucket holds.
constexpr double MostTokens = 1'000'000;

Bytes associated(const RatesEnvelope &envelope)
{
    Bytes bytes;
    ByteWriter writer(bytes);
    writer.bytes(asBytes("higgs cluster rates 1"));
    writer.bytes(asBytes(envelope.from.text()));
    writer.u64(envelope.run);
    writer.u64(envelope.number);
    return bytes;
}

void writeRow(ByteWriter &writer, const SpentTokens &row)
{
    writer.u8(static_cast<std::uint8_t>(row.rateClass));
    writer.u8(row.subscriber.isV6() ? V6 : V4);
    const ByteSpan address = row.subscriber.bytes();
    writer.bytes(row.subscriber.isV6() ? address.first(NetworkBytes) : address);
    const double tokens = std::clamp(row.tokens, 0.0, MostTokens) * Thousandths;
    writer.u32(static_cast<std::uint32_t>(std::lround(tokens)));
}

std::optional<IpAddress> readAddress(ByteReader &reader, std::uint8_t family)
{
    if (family == V4) {
        const auto number = reader.u32();
        return number ? std::optional(IpAddress::v4(*number)) : std::nullopt;
    }
    const auto half = family == V6 ? reader.bytes(NetworkBytes) : std::nullopt;
    if (!half)
        return std::nullopt;
    std::array<std::uint8_t, 16> whole{};
    std::copy(half->begin(), half->end(), whole.begin());
    return IpAddress::v6(whole);
}

std::optional<SpentTokens> readRow(ByteReader &reader)
{
    const auto rateClass = reader.u8();
    const auto family = reader.u8();
    if (!rateClass || *rateClass >= RateClassCount || !family)
        return std::nullopt;
    const auto address = readAddress(reader, *family);
    const auto tokens = reader.u32();
    if (!address || !tokens || *tokens > MostTokens * Thousandths)
        return std::nullopt;
    return SpentTokens{*address, static_cast<RateClass>(*rateClass), *tokens / Thousandths};
}

} // namespace

static_assert(std::tuple_size_v<RatesNonce> == XNonceSize);

std::string sealRates(const Secret<32> &key, const RatesNonce &nonce, const RatesEnvelope &envelope,
                      WallTime now, std::span<const SpentTokens> rows)
{
    Bytes plain;
    ByteWriter writer(plain);
    writer.u64(static_cast<std::uint64_t>(now.ms));
    for (const SpentTokens &row : rows.first(std::min(rows.size(), MaxSpentRows)))
        writeRow(writer, row);
    Bytes sealed(XNonceSize + plain.size() + AeadTagSize);
    std::copy(nonce.begin(), nonce.end(), sealed.begin());
    xaeadSeal(key.bytes(), nonce, plain, associated(envelope),
              MutableByteSpan(sealed).subspan(XNonceSize));
    return toBase64(sealed);
}

Result<std::vector<SpentTokens>> openRates(const Secret<32> &key, const RatesEnvelope &envelope,
                                           WallTime now, std::string_view sealed)
{
    const auto bytes = sealed.size() <= MaxSealedRates
                           ? fromBase64(sealed)
                           : Result<Bytes>(unexpected(ErrorCode::TooLarge, "sealed rates"));
    if (!bytes || bytes->size() < XNonceSize + AeadTagSize)
        return unexpected(ErrorCode::Untrusted, "rates that no server has sealed");
    Bytes plain(bytes->size() - XNonceSize - AeadTagSize);
    const ByteSpan whole(*bytes);
    if (!xaeadOpen(key.bytes(), whole.first<XNonceSize>(), whole.subspan(XNonceSize),
                   associated(envelope), plain))
        return unexpected(ErrorCode::Untrusted, "rates that no server has sealed");
    ByteReader reader(plain);
    const auto said = reader.u64();
    if (!said)
        return unexpected(ErrorCode::Malformed, "rates without a time");
    const auto apart = static_cast<std::int64_t>(*said) - now.ms;
    if (apart > SealedRatesLife.count() || apart < -SealedRatesLife.count())
        return unexpected(ErrorCode::NotValidNow,
                          "rates of another time: the servers' clocks differ, or somebody sends "
                          "again what was sent before");
    std::vector<SpentTokens> rows;
    while (reader.remaining() > 0) {
        const auto row = readRow(reader);
        if (!row || rows.size() == MaxSpentRows)
            return unexpected(ErrorCode::Malformed, "rates that do not decode");
        rows.push_back(*row);
    }
    return rows;
}

} // namespace higgs::server
