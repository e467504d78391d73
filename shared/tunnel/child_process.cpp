// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/child_process.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/fork_child.h"
#include "shared/tunnel/pidfd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

namespace higgs {

namespace {

constexpr Milliseconds TerminationTimeout{2000};

// A line longer than this is cut in the log.
constexpr std::size_t MaxLogLine = 512;

bool waitForEnd(int pidfd, Milliseconds timeout)
{
    pollfd ended{pidfd, POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(timeout.count())) > 0;
}

std::vector<char *> pointersTo(const std::vector<std::string> &texts)
{
    std::vector<char *> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string &text : texts)
        pointers.push_back(const_cast<char *>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

class ChildProcess::Output : public EpollSource
{
public:
    Output(EpollSet &epoll, OwnedFd fd, std::string category)
        : m_epoll(epoll), m_fd(std::move(fd)), m_category(std::move(category))
    {}
    ~Output() override { stop(); }

    Result<void> begin() { return m_epoll.add(m_fd.get(), EPOLLIN, *this); }

    void ready(std::uint32_t) override { read(); }

    void read()
    {
        std::array<char, 4096> chunk{};
        while (m_fd.isOpen()) {
            const ssize_t count = ::read(m_fd.get(), chunk.data(), chunk.size());
            if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return;
            if (count <= 0) {
                stop();
                return;
            }
            take({chunk.data(), static_cast<std::size_t>(count)});
        }
    }

    [[nodiscard]] const std::string &lastLine() const { return m_lastLine; }

private:
    void stop()
    {
        if (!m_fd.isOpen())
            return;
        m_epoll.remove(m_fd.get(), *this);
        m_fd.reset();
    }

    void take(std::string_view text)
    {
        for (const char c : text) {
            if (c != '\n') {
                if (m_line.size() < MaxLogLine)
                    m_line.push_back(c);
                continue;
            }
            if (!m_line.empty()) {
                log::debug(m_category, "says", {{"line", m_line}});
                m_lastLine = std::move(m_line);
            }
            m_line.clear();
        }
    }

    EpollSet &m_epoll;
    OwnedFd m_fd;
    std::string m_category;
    std::string m_line;
    std::string m_lastLine;
};

class ChildProcess::Exit : public EpollSource
{
public:
    Exit(EpollSet &epoll, ChildProcess &child) : m_epoll(epoll), m_child(child) {}
    ~Exit() override { stop(); }

    Result<void> begin()
    {
        auto added = m_epoll.add(m_child.pidfd(), EPOLLIN, *this);
        m_watching = added.has_value();
        return added;
    }

    void ready(std::uint32_t) override
    {
        stop();
        m_child.m_output->read();
        if (m_handler)
            m_handler(m_child.m_output->lastLine());
    }

    void setHandler(std::function<void(std::string)> handler) { m_handler = std::move(handler); }

private:
    void stop()
    {
        if (std::exchange(m_watching, false))
            m_epoll.remove(m_child.pidfd(), *this);
    }

    EpollSet &m_epoll;
    ChildProcess &m_child;
    std::function<void(std::string)> m_handler;
    bool m_watching = false;
};

ChildProcess::ChildProcess(EpollSet &epoll, pid_t pid, OwnedFd pidfd, OwnedFd output,
                           std::string category)
    : m_pid(pid),
      m_pidfd(std::move(pidfd)),
      m_exit(std::make_unique<Exit>(epoll, *this)),
      m_output(std::make_unique<Output>(epoll, std::move(output), std::move(category)))
{}

Result<std::unique_ptr<ChildProcess>>
ChildProcess::start(EpollSet &epoll, std::string_view program,
                    const std::vector<std::string> &arguments,
                    const std::vector<std::string> &environment, std::string category)
{
    const auto path = findProgram(program);
    if (!path)
        return unexpected(path.error());
    std::vector<std::string> argvTexts{*path};
    argvTexts.insert(argvTexts.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environmentTexts = environment;
    for (const char *const *entry = cleanEnvironment(); *entry != nullptr; ++entry)
        environmentTexts.emplace_back(*entry);
    const auto argv = pointersTo(argvTexts);
    const auto variables = pointersTo(environmentTexts);

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return unexpected(ErrorCode::System, describeErrno("pipe", errno));
    OwnedFd reader(ends[0]);
    const OwnedFd writer(ends[1]);
    ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);

    const OwnedFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Result<pid_t> forked = forkChild(path->c_str(), argv.data(), variables.data(),
                                           {nothing.get(), writer.get(), writer.get()});
    if (!forked)
        return unexpected(forked.error());
    const pid_t pid = *forked;

    OwnedFd pidfd(::pidfd_open(pid, 0));
    if (!pidfd.isOpen()) {
        const int error = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return unexpected(ErrorCode::System, describeErrno("pidfd_open", error));
    }
    std::unique_ptr<ChildProcess> child(
        new ChildProcess(epoll, pid, std::move(pidfd), std::move(reader), std::move(category)));
    for (const auto &begun : {child->m_exit->begin(), child->m_output->begin()}) {
        if (!begun)
            return unexpected(begun.error());
    }
    return child;
}

ChildProcess::~ChildProcess()
{
    m_exit.reset();
    ::pidfd_send_signal(m_pidfd.get(), SIGTERM, nullptr, 0);
    if (!waitForEnd(m_pidfd.get(), TerminationTimeout))
        ::pidfd_send_signal(m_pidfd.get(), SIGKILL, nullptr, 0);
    while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void ChildProcess::onExit(std::function<void(std::string)> handler)
{
    m_exit->setHandler(std::move(handler));
}

bool ChildProcess::isRunning() const
{
    return !waitForEnd(m_pidfd.get(), Milliseconds(0));
}

std::string ChildProcess::lastWords()
{
    m_output->read();
    return m_output->lastLine();
}

} // namespace higgs
