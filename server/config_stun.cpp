// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/address_rules.h"
#include "server/config_reading.h"

#include <algorithm>
#include <limits>

namespace higgs::server {

namespace {

/// One of --stun-alternate: ADDR, or ADDR:PORT; the port may be 0 for one that is not given.
std::optional<Endpoint> alternatePlace(const Reading &reading, const std::string &text)
{
    Endpoint place;
    if (const auto whole = Endpoint::parse(text))
        place = *whole;
    else if (const auto address = IpAddress::parse(text))
        place = {*address, 0};
    if (place.isNull()) {
        reading.fault("stun-alternate", "needs ADDRESS or ADDRESS:PORT, one of IPv4 and one of "
                                        "IPv6 at most with a comma between them, not " +
                                            shown(text));
        return std::nullopt;
    }
    std::string why = whyNotBound(place.address);
    if (place.address.isUnspecified())
        why = "is no certain address: name one that this machine has beside the first";
    if (why.empty())
        return place;
    reading.fault("stun-alternate", "cannot be " + shown(text) + ": that " + why);
    return std::nullopt;
}

/// Why the two together cannot be what RFC 5780 needs; empty: they can.
std::string whyNotAlternate(const Config &config, const IpAddress &address)
{
    const IpAddress &first = config.stun->address;
    if (address == first)
        return "is --stun's own address: name another one of this machine";
    const bool dual = first == IpAddress::any(IpAddress::Family::V6);
    if (!dual && address.family() != first.family())
        return "is of another family than --stun's address";
    const bool twice =
        std::any_of(config.stunAlternates.begin(), config.stunAlternates.end(),
                    [&](const IpAddress &each) { return each.family() == address.family(); });
    return twice ? "is the second of its family" : std::string();
}

void takeAlternatePort(const Reading &reading, std::uint16_t port, Config &config)
{
    if (port != 0 && config.stunAlternatePort != 0 && port != config.stunAlternatePort)
        return reading.fault("stun-alternate", "has two ports: both addresses share one");
    if (port != 0 && port == config.stun->port)
        return reading.fault("stun-alternate", "needs another port than --stun's");
    if (port != 0)
        config.stunAlternatePort = port;
}

void readAlternate(const Reading &reading, Config &config)
{
    const auto text = reading.value("stun-alternate");
    if (!text)
        return;
    if (!config.stun) {
        if (reading.value("stun") == "off")
            reading.fault("stun-alternate", "does nothing with --stun off");
        return;
    }
    config.stunIsDefault = false;
    for (const std::string &each : listOf(*text)) {
        const auto place = alternatePlace(reading, each);
        if (!place)
            return;
        if (const std::string why = whyNotAlternate(config, place->address); !why.empty())
            return reading.fault("stun-alternate", "cannot be " + shown(each) + ": that " + why);
        takeAlternatePort(reading, place->port, config);
        config.stunAlternates.push_back(place->address);
    }
}

/// Beside the first, at whatever addresses.
void chooseSecondPort(Config &config)
{
    if (!config.stun || config.stunAlternatePort != 0 || config.stun->port == 0)
        return;
    const bool last = config.stun->port == std::numeric_limits<std::uint16_t>::max();
    config.stunAlternatePort = static_cast<std::uint16_t>(config.stun->port + (last ? -1 : 1));
}

void readStun(const Reading &reading, Config &config)
{
    const auto stun = reading.value("stun");
    config.stunIsDefault = !stun.has_value();
    if (!stun || *stun != "off")
        config.stun = endpoint(reading, "stun", stun.value_or("[::]:3478"));
    if (config.stun && config.stun->port == 0)
        reading.remark("stun", "has port 0: each start takes another one");
    readAlternate(reading, config);
    chooseSecondPort(config);
}

void readTurnRelays(const Reading &reading, Config &config)
{
    const auto text = reading.value("turn-relay");
    if (!text)
        return;
    if (!reading.value("turn"))
        return reading.fault("turn-relay", "does nothing without --turn HOST:PORT");
    for (const std::string &each : listOf(*text)) {
        const auto address = IpAddress::parse(each);
        if (!address)
            return reading.fault("turn-relay",
                                 "needs addresses with commas between them, not " + shown(each));
        if (const std::string why = whyNotReached(each); !why.empty())
            return reading.fault("turn-relay", "cannot be " + shown(each) + ": that " + why);
        config.turnRelays.push_back(address->unmapped());
    }
}

void readTurn(const Reading &reading, Config &config)
{
    const auto turn = reading.value("turn");
    auto secret = secretOf(reading, "turn-secret-file");
    if (!turn) {
        if (reading.value("turn-secret-file"))
            reading.fault("turn-secret-file", "does nothing without --turn HOST:PORT");
        return;
    }
    if (!reading.value("turn-secret-file"))
        reading.fault("turn", "needs --turn-secret-file");
    auto place = TurnPlace::parse(*turn);
    if (!place)
        return reading.fault("turn", "needs HOST:PORT[,tls=PORT], not " + shown(*turn));
    if (!reachable(reading, "turn", place->host))
        return;
    if (secret)
        place->secret = std::move(*secret);
    config.turn = std::move(*place);
}

} // namespace

void readStunAndTurn(const Reading &reading, Config &config)
{
    readStun(reading, config);
    readTurn(reading, config);
    readTurnRelays(reading, config);
}

} // namespace higgs::server
