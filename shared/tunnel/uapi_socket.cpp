// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/uapi_socket.h"

#include "shared/tunnel/command.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace higgs {

namespace {

constexpr mode_t DirectoryMode = 0755;
constexpr mode_t SocketMode = 0600;

Unexpected failed(std::string_view what)
{
    return unexpected(errno == EACCES || errno == EPERM || errno == EROFS ? ErrorCode::Permission
                                                                          : ErrorCode::System,
                      describeErrno(what, errno));
}

} // namespace

/// One who asks one question.
class UapiSocket::Asker final : public EpollSource
{
public:
    Asker(UapiSocket &socket, OwnedFd fd, bool isRoot)
        : m_socket(socket), m_fd(std::move(fd)), m_isRoot(isRoot)
    {}
    ~Asker() override
    {
        if (m_isAdded)
            m_socket.m_epoll.remove(m_fd.get(), *this);
    }

    bool begin()
    {
        m_isAdded = m_socket.m_epoll.add(m_fd.get(), EPOLLIN, *this).has_value();
        return m_isAdded;
    }

    void ready(std::uint32_t) override
    {
        if (m_answer.empty() ? !ask() : !tell())
            m_socket.forget(*this);
    }

private:
    /// False: there is nothing more to do.
    bool ask()
    {
        std::array<char, 1024> some{};
        const ssize_t got = ::recv(m_fd.get(), some.data(), some.size(), 0);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0)
            return false;
        m_request.append(some.data(), static_cast<std::size_t>(got));
        // A key that was to be set is nobody's to keep.
        wipe({reinterpret_cast<std::uint8_t *>(some.data()), some.size()});
        const auto request = readUapiRequest(m_request);
        if (!request)
            return true;
        wipe({reinterpret_cast<std::uint8_t *>(m_request.data()), m_request.size()});
        switch (*request) {
        case UapiRequest::Get:
            m_answer = m_socket.m_answer(m_isRoot);
            break;
        case UapiRequest::Set:
            m_answer = uapiOutcome(EOPNOTSUPP);
            break;
        case UapiRequest::Unknown:
            m_answer = uapiOutcome(EINVAL);
            break;
        }
        return tell();
    }

    bool tell()
    {
        const std::string_view left = m_answer.reveal().substr(m_told);
        const ssize_t sent = ::send(m_fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        m_told += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        if (m_told == m_answer.reveal().size())
            return false;
        m_socket.m_epoll.modify(m_fd.get(), EPOLLOUT, *this);
        return true;
    }

    UapiSocket &m_socket;
    OwnedFd m_fd;
    std::string m_request;
    SecretText m_answer;
    std::size_t m_told = 0;
    bool m_isRoot;
    bool m_isAdded = false;
};

UapiSocket::UapiSocket(EpollSet &epoll, Answer answer) : m_epoll(epoll), m_answer(std::move(answer))
{}

UapiSocket::~UapiSocket()
{
    m_askers.clear();
    if (m_path.empty())
        return;
    m_epoll.remove(m_fd.get(), *this);
    ::unlink(m_path.c_str());
}

Result<void> UapiSocket::open(const std::string &interfaceName, const std::string &directory)
{
    const std::string path = directory + "/" + interfaceName + ".sock";
    // `wg` takes a socket away on which nobody listens yet, so it gets its name afterwards.
    const std::string before = directory + "/." + interfaceName + ".new";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (before.size() >= sizeof address.sun_path)
        return unexpected(ErrorCode::InvalidArgument, "the socket's path is too long: " + path);
    before.copy(address.sun_path, before.size());

    if (::mkdir(directory.c_str(), DirectoryMode) != 0 && errno != EEXIST)
        return failed(directory);
    OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::unlink(before.c_str()); // of one who died right here
    // The file has what the socket had (unix(7)), so nobody else can connect even for a moment.
    if (!fd.isOpen() || ::fchmod(fd.get(), SocketMode) != 0 ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return failed(path);
    // Not by rename(2): one that is there belongs to an interface in another network namespace.
    const bool named =
        ::listen(fd.get(), MostAskers) == 0 && ::link(before.c_str(), path.c_str()) == 0;
    const auto error = failed(path);
    ::unlink(before.c_str());
    if (!named)
        return error;
    if (auto added = m_epoll.add(fd.get(), EPOLLIN, *this); !added) {
        ::unlink(path.c_str());
        return added;
    }
    m_fd = std::move(fd);
    m_path = path;
    return {};
}

void UapiSocket::ready(std::uint32_t)
{
    OwnedFd fd(::accept4(m_fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    ucred who{};
    socklen_t size = sizeof who;
    if (!fd.isOpen() || ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 ||
        (who.uid != 0 && who.uid != ::geteuid()))
        return;
    if (m_askers.size() >= MostAskers)
        m_askers.pop_front();
    m_askers.push_back(std::make_unique<Asker>(*this, std::move(fd), who.uid == 0));
    if (!m_askers.back()->begin())
        m_askers.pop_back();
}

void UapiSocket::forget(const Asker &asker)
{
    m_askers.remove_if([&](const auto &one) { return one.get() == &asker; });
}

} // namespace higgs
