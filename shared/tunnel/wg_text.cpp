// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/wg_text.h"

#include <array>
#include <charconv>

namespace higgs {

namespace {

// wg(8), "show": private key, public key, listen port, fwmark.
constexpr std::size_t InterfaceFields = 4;
constexpr std::size_t ListenPortField = 2;

// Public key, preshared key, endpoint, allowed IPs, latest handshake, rx, tx, keepalive.
constexpr std::size_t PeerFields = 8;
constexpr std::size_t KeyField = 0;
constexpr std::size_t HandshakeField = 4;
constexpr std::size_t RxField = 5;
constexpr std::size_t TxField = 6;

template <std::size_t N>
bool splitFields(std::string_view line, std::array<std::string_view, N> &fields)
{
    for (std::size_t i = 0; i < N; ++i) {
        const auto tab = line.find('\t');
        if ((tab == std::string_view::npos) != (i + 1 == N))
            return false;
        fields[i] = line.substr(0, tab);
        if (tab != std::string_view::npos)
            line.remove_prefix(tab + 1);
    }
    return true;
}

template <typename Integer>
bool parseNumber(std::string_view text, Integer &value)
{
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end;
}

Result<PeerStats> parsePeer(std::string_view line)
{
    std::array<std::string_view, PeerFields> fields;
    PeerStats peer;
    std::uint32_t handshake = 0;
    if (!splitFields(line, fields) || !parseNumber(fields[HandshakeField], handshake) ||
        !parseNumber(fields[RxField], peer.rxBytes) || !parseNumber(fields[TxField], peer.txBytes))
        return unexpected(ErrorCode::Malformed, "wg dump: not a peer's line");
    const auto key = PublicKey::parse(fields[KeyField]);
    if (!key)
        return unexpected(key.error());
    peer.key = *key;
    if (handshake != 0)
        peer.lastHandshake = WallTime{static_cast<std::int64_t>(handshake) * 1000};
    return peer;
}

} // namespace

Result<WgDump> parseWgDump(std::string_view text)
{
    WgDump dump;
    bool first = true;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos)
            return unexpected(ErrorCode::Malformed, "wg dump: cut off");
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (first) {
            std::array<std::string_view, InterfaceFields> fields;
            if (!splitFields(line, fields) ||
                !parseNumber(fields[ListenPortField], dump.listenPort))
                return unexpected(ErrorCode::Malformed, "wg dump: not an interface's line");
            first = false;
            continue;
        }
        auto peer = parsePeer(line);
        if (!peer)
            return unexpected(peer.error());
        dump.peers.push_back(*peer);
    }
    if (first)
        return unexpected(ErrorCode::Malformed, "wg dump: empty");
    return dump;
}

} // namespace higgs
