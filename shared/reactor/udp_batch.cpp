// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/reactor/udp_batch.h"

#include "shared/reactor/control_message.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <vector>

namespace higgs {

namespace {

// Messages in one recvmmsg or sendmmsg.
constexpr std::size_t BatchMessages = UdpArrivals::MostMessages;

// With UDP_GRO one message holds a train of datagrams, up to the largest UDP payload.
constexpr std::size_t MessageSize = MaxDatagramSize;

// UDP_MAX_SEGMENTS of Linux before 6.9, and the largest IPv4 UDP payload.
constexpr std::size_t MaxSegments = MaxTrain;
constexpr std::size_t MaxTrainSize = 65507;

// A train of the smallest transport messages (32 bytes) fills the largest buffer with 2,047.
constexpr std::size_t MaxBatchDatagrams = 4096;

using SegmentControl = ControlBuffer<std::uint16_t>;

/// All that the kernel may tell of one message: a train's segments, a hop limit, when, and whereto.
struct ArrivalControl
{
    alignas(cmsghdr) std::array<char, 2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec)) +
                                          CMSG_SPACE(sizeof(in6_pktinfo)) +
                                          CMSG_SPACE(sizeof(in_pktinfo))> bytes;

    void lendTo(msghdr &message)
    {
        message.msg_control = bytes.data();
        message.msg_controllen = bytes.size();
    }
};

void switchOn(int fd, int level, int option)
{
    const int on = 1; // a kernel that does not tell is one that does not tell
    ::setsockopt(fd, level, option, &on, sizeof(on));
}

/// By the clock that stamps are of.
std::chrono::nanoseconds wallClock()
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// How long a message of a socket with stampArrivals() has waited; 0 where nobody knows.
std::chrono::nanoseconds waited(msghdr &message, std::chrono::nanoseconds now)
{
    const auto stamp = controlValue<timespec>(message, SOL_SOCKET, SCM_TIMESTAMPNS);
    if (!stamp)
        return {};
    return now - std::chrono::seconds(stamp->tv_sec) - std::chrono::nanoseconds(stamp->tv_nsec);
}

/// The size of the datagrams in a received train, or 0 for a single datagram.
std::size_t segmentSizeOf(msghdr &message)
{
    const int size = controlValue<int>(message, SOL_UDP, UDP_GRO).value_or(0);
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

void setSegmentSize(msghdr &message, SegmentControl &control, std::uint16_t size)
{
    control.lendTo(message);
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

bool isTrain(const mmsghdr &message)
{
    return message.msg_hdr.msg_iovlen > 1;
}

} // namespace

bool enlargeSocketBuffers(int fd)
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
    return forced;
}

void receiveTrains(int fd)
{
    switchOn(fd, SOL_UDP, UDP_GRO);
}

void stampArrivals(int fd)
{
    switchOn(fd, SOL_SOCKET, SO_TIMESTAMPNS);
}

/// A socket of both families tells of IPv4 by the options of both (ip(7), ipv6(7)).
void describeArrivals(int fd)
{
    switchOn(fd, SOL_IP, IP_RECVTTL);
    switchOn(fd, SOL_IP, IP_PKTINFO);
    switchOn(fd, SOL_IPV6, IPV6_RECVHOPLIMIT);
    switchOn(fd, SOL_IPV6, IPV6_RECVPKTINFO);
}

SocketQueue receiveQueue(int fd)
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0)
        return {DatagramSink::AnyNumber, 0};
    return {memory[SK_MEMINFO_RMEM_ALLOC], memory[SK_MEMINFO_DROPS]};
}

std::optional<std::chrono::nanoseconds> oldestArrival(int fd)
{
    std::uint8_t first = 0;
    iovec part{&first, 1};
    ArrivalControl control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    control.lendTo(message);
    if (::recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT) < 0)
        return std::nullopt;
    return waited(message, wallClock());
}

// --- Arrivals ------------------------------------------------------------------------------------

struct UdpArrivals::Storage
{
    std::unique_ptr<std::uint8_t[]> bytes{new std::uint8_t[BatchMessages * MessageSize]};
    std::array<iovec, BatchMessages> parts{};
    std::array<mmsghdr, BatchMessages> messages{};
    std::array<ArrivalControl, BatchMessages> controls{};
    std::array<sockaddr_storage, BatchMessages> senders{};
    std::vector<ByteSpan> datagrams;
};

UdpArrivals::UdpArrivals() : m_storage(std::make_unique<Storage>())
{
    m_storage->datagrams.reserve(MaxBatchDatagrams);
    for (std::size_t i = 0; i < BatchMessages; ++i) {
        m_storage->parts[i] = {m_storage->bytes.get() + i * MessageSize, MessageSize};
        m_storage->messages[i].msg_hdr.msg_iov = &m_storage->parts[i];
        m_storage->messages[i].msg_hdr.msg_iovlen = 1;
        m_storage->messages[i].msg_hdr.msg_name = &m_storage->senders[i];
    }
}

UdpArrivals::~UdpArrivals() = default;

std::size_t UdpArrivals::receive(int fd, std::size_t most)
{
    const std::size_t asked = std::min(most, BatchMessages);
    // The buffers are touched only as far as they were filled.
    for (std::size_t i = 0; i < asked; ++i) {
        msghdr &header = m_storage->messages[i].msg_hdr;
        m_storage->controls[i].lendTo(header);
        header.msg_namelen = sizeof(sockaddr_storage);
    }
    const int count = ::recvmmsg(fd, m_storage->messages.data(), static_cast<unsigned>(asked),
                                 MSG_DONTWAIT, nullptr);
    m_messages = count > 0 ? static_cast<std::size_t>(count) : 0;
    return m_messages;
}

std::span<const ByteSpan> UdpArrivals::all(std::uint64_t &dropped,
                                           std::optional<std::chrono::nanoseconds> longest)
{
    m_storage->datagrams.clear();
    const auto now = longest ? wallClock() : std::chrono::nanoseconds{};
    for (std::size_t i = 0; i < m_messages; ++i) {
        const std::size_t before = m_storage->datagrams.size();
        split(i, dropped);
        if (longest && waited(m_storage->messages[i].msg_hdr, now) > *longest) {
            dropped += m_storage->datagrams.size() - before;
            m_storage->datagrams.resize(before);
        }
    }
    return m_storage->datagrams;
}

Endpoint UdpArrivals::sender(std::size_t index) const
{
    return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&m_storage->senders[index]));
}

std::span<const ByteSpan> UdpArrivals::datagrams(std::size_t index, std::uint64_t &dropped)
{
    m_storage->datagrams.clear();
    split(index, dropped);
    return m_storage->datagrams;
}

IpAddress UdpArrivals::receiver(std::size_t index) const
{
    msghdr &message = m_storage->messages[index].msg_hdr;
    if (const auto v4 = controlValue<in_pktinfo>(message, SOL_IP, IP_PKTINFO))
        return IpAddress::v4(ntohl(v4->ipi_addr.s_addr));
    if (const auto v6 = controlValue<in6_pktinfo>(message, SOL_IPV6, IPV6_PKTINFO))
        return IpAddress::v6(std::span<const std::uint8_t, 16>(v6->ipi6_addr.s6_addr)).unmapped();
    return {};
}

std::optional<unsigned> UdpArrivals::hopLimit(std::size_t index) const
{
    msghdr &message = m_storage->messages[index].msg_hdr;
    auto left = controlValue<int>(message, SOL_IP, IP_TTL);
    if (!left)
        left = controlValue<int>(message, SOL_IPV6, IPV6_HOPLIMIT);
    return left ? std::optional(static_cast<unsigned>(*left)) : std::nullopt;
}

void UdpArrivals::split(std::size_t index, std::uint64_t &dropped)
{
    mmsghdr &message = m_storage->messages[index];
    ByteSpan rest(m_storage->bytes.get() + index * MessageSize, message.msg_len);
    const std::size_t segment = segmentSizeOf(message.msg_hdr);
    while (!rest.empty()) {
        const std::size_t size = segment == 0 ? rest.size() : std::min(segment, rest.size());
        if (m_storage->datagrams.size() < MaxBatchDatagrams)
            m_storage->datagrams.push_back(rest.first(size));
        else
            ++dropped;
        rest = rest.subspan(size);
    }
}

// --- Departures ----------------------------------------------------------------------------------

void UdpDepartures::send(int fd, std::span<const ByteSpan> datagrams, const Endpoint *to)
{
    std::array<mmsghdr, BatchMessages> messages;
    std::array<SegmentControl, BatchMessages> controls;
    std::array<iovec, BatchMessages * 4> parts;
    sockaddr_storage address;
    const socklen_t addressLength = to != nullptr ? to->toSockaddr(address) : 0;
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
            if (to != nullptr) {
                message.msg_name = &address;
                message.msg_namelen = addressLength;
            }
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
        send(fd, {messages.data(), used});
    }
}

void UdpDepartures::sendSingly(int fd, const msghdr &train)
{
    std::array<mmsghdr, MaxSegments> messages{};
    for (std::size_t i = 0; i < train.msg_iovlen; ++i) {
        messages[i].msg_hdr = train;
        messages[i].msg_hdr.msg_iov = train.msg_iov + i;
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_control = nullptr;
        messages[i].msg_hdr.msg_controllen = 0;
    }
    send(fd, std::span(messages).first(train.msg_iovlen));
}

void UdpDepartures::send(int fd, std::span<mmsghdr> messages)
{
    while (!messages.empty()) {
        const int sent =
            ::sendmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()), MSG_DONTWAIT);
        if (sent > 0) {
            m_trained =
                m_trained || std::any_of(messages.begin(), messages.begin() + sent, isTrain);
            messages = messages.subspan(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR)
            continue;
        // A kernel without UDP_SEGMENT, or a way that is too narrow for the datagrams, of which it
        // cuts each, and no train.
        if (isTrain(messages.front()) && (errno == EINVAL || errno == EIO || errno == EMSGSIZE)) {
            m_segments = m_trained;
            sendSingly(fd, messages.front().msg_hdr);
            messages = messages.subspan(1);
            continue;
        }
        const bool full = errno == EAGAIN || errno == ENOBUFS;
        m_full = m_full || full;
        for (const mmsghdr &message : full ? messages : messages.first(1))
            m_dropped += message.msg_hdr.msg_iovlen;
        messages = full ? std::span<mmsghdr>() : messages.subspan(1);
    }
}

} // namespace higgs
