// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/uapi_answer.h"

namespace higgs {

namespace {

/// A peer has about 300 bytes, and about 50 for each of its prefixes. All memory is had before the
/// key is written, so that no copy of it stays behind.
constexpr std::size_t PeerSize = 512;
constexpr std::size_t PrefixSize = 80;

void addLine(std::string &text, std::string_view key, std::string_view value)
{
    text.append(key).append("=").append(value).append("\n");
}

void addLine(std::string &text, std::string_view key, std::uint64_t value)
{
    addLine(text, key, std::to_string(value));
}

void addPrivateKey(std::string &text, const PrivateKey &key)
{
    static constexpr std::string_view Digits = "0123456789abcdef";
    auto bytes = fromBase64(key.toBase64().reveal());
    text += "private_key=";
    for (const std::uint8_t byte : *bytes)
        text.append(1, Digits[byte >> 4U]).append(1, Digits[byte & 15U]);
    text += '\n';
    wipe(*bytes);
}

void addPeer(std::string &text, const UapiPeer &peer)
{
    const PeerStats &stats = peer.stats;
    const std::int64_t handshake = stats.lastHandshake ? stats.lastHandshake->ms : 0;
    addLine(text, "public_key", toHex(stats.key.bytes()));
    addLine(text, "protocol_version", 1);
    addLine(text, "last_handshake_time_sec", static_cast<std::uint64_t>(handshake / 1000));
    addLine(text, "last_handshake_time_nsec",
            static_cast<std::uint64_t>(handshake % 1000 * 1'000'000));
    addLine(text, "tx_bytes", stats.txBytes);
    addLine(text, "rx_bytes", stats.rxBytes);
    addLine(text, "persistent_keepalive_interval",
            static_cast<std::uint64_t>(peer.keepalive.count()));
    for (const IpPrefix &prefix : peer.allowedIps)
        addLine(text, "allowed_ip", prefix.toString());
}

} // namespace

std::optional<UapiRequest> readUapiRequest(std::string_view received)
{
    const auto end = received.find("\n\n");
    if (end == std::string_view::npos)
        return received.size() < MostUapiRequest ? std::nullopt
                                                 : std::optional(UapiRequest::Unknown);
    const std::string_view request = received.substr(0, end);
    if (request == "get=1")
        return UapiRequest::Get;
    if (request == "set=1" || request.starts_with("set=1\n"))
        return UapiRequest::Set;
    return UapiRequest::Unknown;
}

SecretText uapiInterface(const PrivateKey *key, const std::vector<UapiPeer> &peers)
{
    std::size_t size = PeerSize;
    for (const UapiPeer &peer : peers)
        size += PeerSize + PrefixSize * peer.allowedIps.size();
    std::string text;
    text.reserve(size);
    if (key != nullptr)
        addPrivateKey(text, *key);
    for (const UapiPeer &peer : peers)
        addPeer(text, peer);
    text += "errno=0\n\n";
    return SecretText(std::move(text));
}

SecretText uapiOutcome(int error)
{
    return SecretText("errno=" + std::to_string(-error) + "\n\n");
}

} // namespace higgs
