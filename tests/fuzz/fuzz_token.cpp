// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as a token, as base64, hex, address, endpoint, prefix, relay endpoint and country: what
// parses has one spelling, and no token is accepted that was not issued.
#include "shared/base/endpoint.h"
#include "shared/crypto/jwt.h"
#include "shared/crypto/keys.h"
#include "shared/protocol/country_code.h"
#include "shared/protocol/relay_endpoint.h"

#include <cstdlib>

using namespace higgs;

namespace {

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

void checkToken(std::string_view text)
{
    static const NodeTokens tokens{Secret<32>()};
    constexpr WallTime now{1704067200000};
    static const SecretText good =
        tokens.issue(*NodeId::parse("550e8400-e29b-41d4-a716-446655440000"), now, "id");
    demand(!tokens.verify(text, now) || text == good.reveal());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = asText({data, size});
    checkToken(text);
    for (const Base64 alphabet : {Base64::Standard, Base64::Url}) {
        if (const auto bytes = fromBase64(text, alphabet))
            demand(toBase64(*bytes, alphabet) == text);
    }
    if (const auto bytes = fromHex(text))
        demand(fromHex(toHex(*bytes)).value_or(Bytes()) == *bytes);
    if (const auto address = IpAddress::parse(text))
        demand(IpAddress::parse(address->toString()).value_or(IpAddress()) == *address);
    if (const auto endpoint = Endpoint::parse(text))
        demand(Endpoint::parse(endpoint->toString()).value_or(Endpoint()) == *endpoint);
    if (const auto prefix = IpPrefix::parse(text))
        demand(IpPrefix::parse(prefix->toString()).value_or(IpPrefix()) == *prefix);
    if (const auto relay = protocol::RelayEndpoint::parse(text))
        demand(*protocol::RelayEndpoint::parse(relay->toString()) == *relay);
    if (const auto key = PublicKey::parse(text))
        demand(key->toBase64() == text);
    if (const auto country = protocol::CountryCode::parse(text))
        demand(country->text().size() == 2);
    return 0;
}
