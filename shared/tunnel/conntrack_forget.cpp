// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/conntrack_forget.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/conntrack_message.h"
#include "shared/tunnel/owned_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr timeval Patience{2, 0};
// A table that changes while it is read may show an entry late; more often than this it does not.
constexpr int MostPasses = 4;

class Conversation
{
public:
    Conversation() : m_socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER))
    {
        if (m_socket.isOpen())
            ::setsockopt(m_socket.get(), SOL_SOCKET, SO_RCVTIMEO, &Patience, sizeof(Patience));
    }

    /// Sends, and gives each datagram of answers to `each` until the kernel has ended.
    template <typename Each>
    Result<void> ask(const Bytes &message, Each each)
    {
        if (::send(m_socket.get(), message.data(), message.size(), 0) < 0)
            return failed(errno);
        while (true) {
            const ssize_t size = ::recv(m_socket.get(), m_buffer.data(), m_buffer.size(), 0);
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                return failed(errno);
            auto answer =
                parseConntrackAnswer(ByteSpan(m_buffer.data(), static_cast<std::size_t>(size)));
            if (!answer)
                return unexpected(answer.error());
            each(answer->entries);
            if (answer->ended)
                return answer->error == 0 || answer->error == ENOENT ? Result<void>()
                                                                     : failed(answer->error);
        }
    }

private:
    static Result<void> failed(int error)
    {
        return unexpected(error == EPERM ? ErrorCode::Permission : ErrorCode::System,
                          describeErrno("connection tracking", error));
    }

    OwnedFd m_socket;
    std::array<std::uint8_t, 65'536> m_buffer{}; // a dump's datagrams have 32 KB at most
};

Result<std::size_t> forgetOnce(Conversation &kernel, Family family,
                               std::span<const IpPrefix> sources)
{
    std::vector<ConntrackEntry> found;
    const auto read = kernel.ask(conntrackDump(family), [&](std::vector<ConntrackEntry> &entries) {
        for (ConntrackEntry &entry : entries) {
            const bool meant =
                std::any_of(sources.begin(), sources.end(), [&entry](const IpPrefix &prefix) {
                    return prefix.contains(entry.source);
                });
            if (meant)
                found.push_back(std::move(entry));
        }
    });
    if (!read)
        return unexpected(read.error());
    for (const ConntrackEntry &entry : found) {
        const auto gone =
            kernel.ask(conntrackDeletion(entry), [](const std::vector<ConntrackEntry> &) {});
        if (!gone)
            return unexpected(gone.error());
    }
    return found.size();
}

} // namespace

Result<std::size_t> forgetConnections(std::span<const IpPrefix> sources)
{
    Conversation kernel;
    std::size_t total = 0;
    for (const Family family : {Family::V4, Family::V6}) {
        const bool served =
            std::any_of(sources.begin(), sources.end(), [family](const IpPrefix &prefix) {
                return prefix.address.family() == family;
            });
        for (int pass = 0; served && pass < MostPasses; ++pass) {
            const auto count = forgetOnce(kernel, family, sources);
            if (!count)
                return count;
            total += *count;
            if (*count == 0)
                break;
        }
    }
    return total;
}

} // namespace higgs
