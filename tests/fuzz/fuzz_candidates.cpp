// SPDX-License-Identifier: GPL-3.0-or-later
// Where an end says that it is, from the message of the relay to the question whether it may be
// probed: whatever is named, no packet goes to this machine, its networks or what is nobody's.
#include "shared/base/bytes.h"
#include "shared/net/named_endpoints.h"
#include "shared/paths/own_place.h"
#include "shared/protocol/json.h"
#include "shared/protocol/relay_message.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

using namespace higgs;
using namespace higgs::protocol;

namespace {

/// One input of so many goes as a message, too: that costs a thousand times as much.
constexpr unsigned Messages = 256;

constexpr std::array Types = {"host", "srflx", "relay", "prflx"};

const std::array Nearby = {*IpPrefix::parse("192.168.31.0/24"), *IpPrefix::parse("81.0.113.0/24"),
                           *IpPrefix::parse("2a01:31:0:1::/64")};

bool isNear(const IpAddress &address)
{
    return std::any_of(Nearby.begin(), Nearby.end(),
                       [&](const IpPrefix &each) { return each.contains(address); });
}

/// As text, or as an address of either family or of IPv4 in IPv6, made of bytes.
std::string spelled(ByteReader &in, std::uint8_t head)
{
    const auto port = [&in] { return in.u16().value_or(0); };
    if (head % 3 == 0) {
        const auto text = in.bytes(std::min<std::size_t>(in.remaining(), head / 3));
        return std::string(asText(*text));
    }
    if (head % 3 == 1)
        return Endpoint{IpAddress::v4(in.u32().value_or(0)), port()}.toString();
    std::array<std::uint8_t, 16> bytes{};
    constexpr std::array<std::uint8_t, 4> Prefixes[] = {
        {0x20, 0x02, 0, 0}, {0, 0x64, 0xff, 0x9b}, {0x2a, 0x01, 0, 0x31}, {0, 0, 0, 0}};
    std::copy_n(Prefixes[(head / 3) % 4].begin(), 4, bytes.begin());
    if (head >= 0x80)
        bytes[10] = bytes[11] = 0xff;
    const auto rest = in.bytes(std::min<std::size_t>(in.remaining(), 4));
    std::copy(rest->begin(), rest->end(), bytes.begin() + 12);
    return Endpoint{IpAddress::v6(bytes), port()}.toString();
}

/// Where a packet ends that a translator takes (RFC 6052).
IpAddress translated(const IpAddress &address)
{
    static const IpPrefix translator = *IpPrefix::parse("64:ff9b::/96");
    if (!translator.contains(address))
        return address;
    return IpAddress::v4(std::span<const std::uint8_t, 4>(address.bytes().last<4>()));
}

void judge(const Candidate &candidate, const OwnPlace &place)
{
    (void)place.isNeighbour(candidate.address.address);
    const Endpoint address{candidate.address.address.unmapped(), candidate.address.port};
    const IpAddress end = translated(address.address);
    const auto outside = checkNamed(address, true, Nearby, {});
    if (outside &&
        (!isGlobalUnicast(end) || isNear(end) || isNear(address.address) || address.port == 0))
        std::abort();
    const auto inside = checkNeighbour(address, Nearby);
    // A home may have public addresses inside; nowhere else is anything inside.
    if (inside && (!isNear(address.address) || inside->endpoint() != address))
        std::abort();
}

/// By the message that the relay forwards.
std::vector<Candidate> decoded(const Json &list)
{
    const Json message{{"type", "control"},
                       {"sessionId", "5f0c7c1e-3b7a-4c58-9d7e-0a1b2c3d4e5f"},
                       {"timestamp", 1'700'000'000'000},
                       {"direction", "node-to-client"},
                       {"payload", {{"action", "candidates"}, {"candidates", list}}}};
    const auto text = parseJson(message.dump(-1, ' ', false, Json::error_handler_t::replace));
    const auto relayed = text ? decodeRelayMessage(*text, nullptr) : unexpected(text.error());
    if (!relayed)
        return {};
    const auto *control = std::get_if<RelayControl>(&relayed->payload);
    if (control == nullptr || control->candidates.size() > MaxCandidates)
        std::abort();
    const auto again = decodeRelayMessage(toJson(*relayed), nullptr);
    if (!again || !(*again == *relayed))
        std::abort();
    return control->candidates;
}

OwnPlace home()
{
    OwnPlace place;
    place.setMapped(*Endpoint::parse("81.0.113.31:40000"), *Endpoint::parse("192.168.31.2:5000"));
    return place;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const OwnPlace place = home();
    ByteReader in(ByteSpan(data, size));
    const bool whole = std::accumulate(data, data + size, 0U) % Messages == 0;
    Json list = Json::array();
    while (const auto head = in.u8()) {
        const std::string address = spelled(in, in.u8().value_or(0));
        if (whole)
            list.push_back({{"type", Types[*head % Types.size()]}, {"address", address}});
        if (const auto parsed = Endpoint::parse(address))
            judge({CandidateType::Srflx, *parsed}, place);
    }
    for (const Candidate &each : whole ? decoded(list) : std::vector<Candidate>())
        judge(each, place);
    return 0;
}
