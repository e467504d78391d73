// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/bridge.h"

#include "shared/base/endpoint.h"
#include "shared/base/log.h"
#include "shared/reactor/control_message.h"
#include "shared/tunnel/command.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace higgs {

namespace {

// Messages in one recvmmsg or sendmmsg: past this the system call's own cost has vanished.
constexpr std::size_t BatchMessages = 64;

// With UDP_GRO one message holds a train of datagrams, up to the largest UDP payload.
constexpr std::size_t MessageSize = MaxDatagramSize;

// UDP_MAX_SEGMENTS of Linux before 6.9, and the largest IPv4 UDP payload.
constexpr std::size_t MaxSegments = 64;
constexpr std::size_t MaxTrainSize = 65507;

// A train of the smallest transport messages (32 bytes) fills the largest buffer with 2,047.
constexpr std::size_t MaxBatchDatagrams = 4096;

constexpr std::size_t SegmentControlSize = CMSG_SPACE(sizeof(std::uint16_t));
constexpr std::size_t GroControlSize = CMSG_SPACE(sizeof(int));

struct alignas(cmsghdr) GroControl
{
    std::array<char, GroControlSize> bytes;
};

struct alignas(cmsghdr) SegmentControl
{
    std::array<char, SegmentControlSize> bytes;
};

Unexpected systemError(const char *what)
{
    return unexpected(ErrorCode::System, describeErrno(what, errno));
}

/// The size of the datagrams in a received train (udp(7), UDP_GRO), or 0 for a single datagram.
std::size_t segmentSizeOf(msghdr &message)
{
    const int size = controlValue<int>(message, SOL_UDP, UDP_GRO).value_or(0);
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

void setSegmentSize(msghdr &message, SegmentControl &control, std::uint16_t size)
{
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(size));
    std::memcpy(CMSG_DATA(header), &size, sizeof(size));
}

/// How many datagrams from `first` on can leave as one train: all of one size, but for a last one
/// that may be shorter.
std::size_t trainLength(std::span<const ByteSpan> datagrams, std::size_t first)
{
    const std::size_t size = datagrams[first].size();
    std::size_t total = size;
    std::size_t next = first + 1;
    while (next < datagrams.size() && next - first < MaxSegments) {
        const std::size_t nextSize = datagrams[next].size();
        total += nextSize;
        if (nextSize > size || nextSize == 0 || total > MaxTrainSize)
            break;
        ++next;
        if (nextSize < size)
            break;
    }
    return next - first;
}

} // namespace

class BridgeBuffers
{
public:
    BridgeBuffers() : m_storage(new std::uint8_t[BatchMessages * MessageSize])
    {
        m_datagrams.reserve(MaxBatchDatagrams);
        for (std::size_t i = 0; i < BatchMessages; ++i) {
            m_parts[i] = {m_storage.get() + i * MessageSize, MessageSize};
            m_messages[i].msg_hdr.msg_iov = &m_parts[i];
            m_messages[i].msg_hdr.msg_iovlen = 1;
        }
    }

    /// The number of messages received, or -1. The buffers are touched only as far as filled.
    int receive(int fd)
    {
        for (std::size_t i = 0; i < BatchMessages; ++i) {
            m_messages[i].msg_hdr.msg_control = m_controls[i].bytes.data();
            m_messages[i].msg_hdr.msg_controllen = m_controls[i].bytes.size();
        }
        return ::recvmmsg(fd, m_messages.data(), BatchMessages, MSG_DONTWAIT, nullptr);
    }

    /// The datagrams of the last receive(), trains taken apart; what is over the bound is counted.
    std::span<const ByteSpan> split(std::size_t messages, std::uint64_t &dropped)
    {
        m_datagrams.clear();
        for (std::size_t i = 0; i < messages; ++i) {
            ByteSpan rest(m_storage.get() + i * MessageSize, m_messages[i].msg_len);
            const std::size_t segment = segmentSizeOf(m_messages[i].msg_hdr);
            while (!rest.empty()) {
                const std::size_t size =
                    segment == 0 ? rest.size() : std::min(segment, rest.size());
                if (m_datagrams.size() < MaxBatchDatagrams)
                    m_datagrams.push_back(rest.first(size));
                else
                    ++dropped;
                rest = rest.subspan(size);
            }
        }
        return m_datagrams;
    }

private:
    std::unique_ptr<std::uint8_t[]> m_storage;
    std::array<iovec, BatchMessages> m_parts{};
    std::array<mmsghdr, BatchMessages> m_messages{};
    std::array<GroControl, BatchMessages> m_controls{};
    std::vector<ByteSpan> m_datagrams;
};

std::shared_ptr<BridgeBuffers> makeBridgeBuffers()
{
    return std::make_shared<BridgeBuffers>();
}

void enlargeSocketBuffers(int fd)
{
    const int size = DataPathSocketBuffer;
    bool forced = true;
    for (const auto &[force, ask] : {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, //
                                     std::pair{SO_SNDBUFFORCE, SO_SNDBUF}}) {
        if (::setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) != 0) {
            forced = false;
            ::setsockopt(fd, SOL_SOCKET, ask, &size, sizeof(size));
        }
    }
    static std::atomic_flag said;
    if (!forced && !said.test_and_set())
        log::warning("tunnel", "socket buffers stay small: no CAP_NET_ADMIN, expect loss at speed");
}

Bridge::Bridge(EpollSet &epoll, std::shared_ptr<BridgeBuffers> buffers, OwnedFd socket)
    : m_epoll(epoll), m_buffers(std::move(buffers)), m_socket(std::move(socket))
{}

Bridge::~Bridge()
{
    m_epoll.remove(m_socket.get(), *this);
}

Result<std::unique_ptr<Bridge>>
Bridge::open(EpollSet &epoll, std::shared_ptr<BridgeBuffers> buffers, std::uint16_t wireguardPort)
{
    OwnedFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.isOpen())
        return systemError("bridge socket");
    enlargeSocketBuffers(fd.get());
    const int on = 1;
    ::setsockopt(fd.get(), SOL_UDP, UDP_GRO, &on, sizeof(on)); // without it: single datagrams

    const IpAddress loopback = IpAddress::loopback(IpAddress::Family::V4);
    sockaddr_storage address{};
    socklen_t length = Endpoint{loopback, 0}.toSockaddr(address);
    if (::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0)
        return systemError("bridge bind");
    // Connected: the kernel drops what does not come from WireGuard's own socket.
    length = Endpoint{loopback, wireguardPort}.toSockaddr(address);
    if (::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0)
        return systemError("bridge connect");
    length = sizeof(address);
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &length) != 0)
        return systemError("bridge address");

    std::unique_ptr<Bridge> bridge(new Bridge(epoll, std::move(buffers), std::move(fd)));
    bridge->m_localPort = Endpoint::fromSockaddr(reinterpret_cast<sockaddr *>(&address)).port;
    const auto added = epoll.add(bridge->m_socket.get(), EPOLLIN, *bridge);
    if (!added)
        return unexpected(added.error());
    return bridge;
}

void Bridge::ready(std::uint32_t)
{
    const int count = m_buffers->receive(m_socket.get());
    if (count <= 0)
        return; // a port that was closed for a moment (ECONNREFUSED) is reported once, and gone
    const auto datagrams = m_buffers->split(static_cast<std::size_t>(count), m_dropped);
    if (m_output == nullptr) {
        m_dropped += datagrams.size();
        return;
    }
    m_output->take(datagrams); // may delete this
}

void Bridge::take(std::span<const ByteSpan> datagrams)
{
    std::array<mmsghdr, BatchMessages> messages;
    std::array<SegmentControl, BatchMessages> controls;
    std::array<iovec, BatchMessages * 4> parts;
    std::size_t next = 0;
    while (next < datagrams.size()) {
        std::size_t used = 0;
        std::size_t usedParts = 0;
        while (next < datagrams.size() && used < messages.size()) {
            const std::size_t length = m_segments ? trainLength(datagrams, next) : 1;
            if (usedParts + length > parts.size())
                break;
            msghdr &message = messages[used].msg_hdr;
            message = {};
            message.msg_iov = &parts[usedParts];
            message.msg_iovlen = length;
            for (const ByteSpan datagram : datagrams.subspan(next, length))
                parts[usedParts++] = {const_cast<std::uint8_t *>(datagram.data()), datagram.size()};
            if (length > 1)
                setSegmentSize(message, controls[used],
                               static_cast<std::uint16_t>(datagrams[next].size()));
            ++used;
            next += length;
        }
        send({messages.data(), used});
    }
}

void Bridge::send(std::span<mmsghdr> messages)
{
    while (!messages.empty()) {
        const int sent = ::sendmmsg(m_socket.get(), messages.data(),
                                    static_cast<unsigned>(messages.size()), MSG_DONTWAIT);
        if (sent > 0) {
            messages = messages.subspan(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR)
            continue;
        const bool full = errno == EAGAIN || errno == ENOBUFS;
        // A kernel without UDP_SEGMENT, or one that cannot here: this train is lost, later
        // datagrams go one by one.
        if (messages.front().msg_hdr.msg_iovlen > 1 && (errno == EINVAL || errno == EIO))
            m_segments = false;
        for (const mmsghdr &message : full ? messages : messages.first(1))
            m_dropped += message.msg_hdr.msg_iovlen;
        messages = full ? std::span<mmsghdr>() : messages.subspan(1);
    }
}

} // namespace higgs
