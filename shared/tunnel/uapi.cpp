// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/uapi.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/owned_fd.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace higgs {

namespace {

constexpr const char *SocketDirectory = "/var/run/wireguard/";
constexpr std::string_view Question = "get=1\n\n";
// A thousand guests have half of it.
constexpr std::size_t MaxAnswer = 1024UL * 1024UL;
constexpr suseconds_t TimeoutMicroseconds = 300'000;

template <typename Integer>
bool parseNumber(std::string_view text, Integer &value)
{
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end;
}

Unexpected malformed()
{
    return unexpected(ErrorCode::Malformed, "the WireGuard socket's answer is not understood");
}

/// One line of a peer; false when its value is none.
bool readMember(PeerStats &peer, std::string_view key, std::string_view value)
{
    if (key == "rx_bytes")
        return parseNumber(value, peer.rxBytes);
    if (key == "tx_bytes")
        return parseNumber(value, peer.txBytes);
    if (key != "last_handshake_time_sec")
        return true;
    std::int64_t seconds = 0;
    if (!parseNumber(value, seconds) || seconds < 0 || seconds > UINT32_MAX)
        return false;
    if (seconds != 0)
        peer.lastHandshake = WallTime{seconds * 1000};
    return true;
}

Result<OwnedFd> openSocket(const std::string &interfaceName)
{
    const std::string path = SocketDirectory + interfaceName + ".sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return unexpected(ErrorCode::InvalidArgument, "the interface's name is too long");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval timeout{0, TimeoutMicroseconds};
    if (!fd.isOpen() ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0 ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0 ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0)
        return unexpected(ErrorCode::Unavailable, describeErrno(path, errno));
    return fd;
}

} // namespace

Result<std::vector<PeerStats>> parseUapiPeers(std::string_view text)
{
    std::vector<PeerStats> peers;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos)
            return malformed();
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.empty())
            return text.empty() ? Result<std::vector<PeerStats>>(std::move(peers)) : malformed();
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            return malformed();
        const std::string_view key = line.substr(0, equals);
        const std::string_view value = line.substr(equals + 1);
        if (key == "errno" && value != "0")
            return malformed();
        if (key == "public_key") {
            const auto bytes = fromHex(value);
            if (!bytes || bytes->size() != PublicKey::Size)
                return malformed();
            peers.push_back({PublicKey(ByteSpan(*bytes).first<PublicKey::Size>()), 0, 0, {}, 0});
        } else if (!peers.empty() && !readMember(peers.back(), key, value)) {
            return malformed();
        }
    }
    return malformed(); // without the empty line it is cut off
}

bool answersUapiItself(const std::string &interfaceName)
{
    const auto fd = openSocket(interfaceName);
    ucred who{};
    socklen_t size = sizeof who;
    return fd && ::getsockopt(fd->get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           who.pid == ::getpid();
}

Result<std::vector<PeerStats>> askUapiPeers(const std::string &interfaceName)
{
    const auto fd = openSocket(interfaceName);
    if (!fd)
        return unexpected(fd.error());
    if (::send(fd->get(), Question.data(), Question.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(Question.size()))
        return unexpected(ErrorCode::Unavailable, describeErrno("WireGuard's socket", errno));
    std::string answer(4096, '\0');
    std::size_t size = 0;
    while (!std::string_view(answer).substr(0, size).ends_with("\n\n")) {
        if (size == answer.size() && size < MaxAnswer) {
            // By hand, so that no copy of the private key stays behind in freed memory.
            std::string larger(answer.size() * 2, '\0');
            std::memcpy(larger.data(), answer.data(), size);
            wipe({reinterpret_cast<std::uint8_t *>(answer.data()), answer.size()});
            answer = std::move(larger);
        }
        const ssize_t got = ::recv(fd->get(), answer.data() + size, answer.size() - size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    auto peers = parseUapiPeers(std::string_view(answer).substr(0, size));
    wipe({reinterpret_cast<std::uint8_t *>(answer.data()), answer.size()});
    return peers;
}

} // namespace higgs
