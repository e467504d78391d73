// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/command.h"

#include "shared/tunnel/fork_child.h"
#include "shared/tunnel/owned_fd.h"
#include "shared/tunnel/pidfd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>

namespace higgs {

namespace {

constexpr std::array SearchPath{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};

// A dump of ten thousand peers has 2 MB; more than this is not an answer to anything we ask.
constexpr std::size_t MaxCommandOutput = 16UL * 1024UL * 1024UL;

// What of a program's complaint goes into an Error.
constexpr std::size_t MaxComplaint = 400;

// The thread's own: another one's programs say nothing about this one.
thread_local std::function<void()> commandEnded;
thread_local Monotonic::duration waited{};

Unexpected systemError(std::string_view what, int error)
{
    return unexpected(ErrorCode::System, describeErrno(what, error));
}

Result<OwnedFd> pipeWith(std::string_view input)
{
    if (input.size() > MaxCommandInput)
        return unexpected(ErrorCode::TooLarge, "input for a program is over 1 MiB");
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return systemError("pipe", errno);
    OwnedFd reader(ends[0]);
    const OwnedFd writer(ends[1]);
    constexpr std::size_t DefaultPipeSize = 65536;
    if (input.size() > DefaultPipeSize / 2 &&
        ::fcntl(writer.get(), F_SETPIPE_SZ, static_cast<int>(MaxCommandInput)) < 0)
        return systemError("pipe size", errno);
    if (::write(writer.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        return systemError("pipe write", errno);
    // The program must see a blocking pipe; the flag belongs to this end's open file.
    ::fcntl(reader.get(), F_SETFL, 0);
    return reader;
}

std::string contentsOf(const OwnedFd &file)
{
    std::string text;
    std::array<char, 16384> chunk{};
    off_t offset = 0;
    while (text.size() < MaxCommandOutput) {
        const ssize_t count = ::pread(file.get(), chunk.data(), chunk.size(), offset);
        if (count <= 0)
            break;
        text.append(chunk.data(), static_cast<std::size_t>(count));
        offset += count;
    }
    return text;
}

/// One line of what the program said, for an Error's detail.
std::string complaintOf(std::string_view text)
{
    std::string line;
    for (const char c : text.substr(0, MaxComplaint)) {
        const bool blank = c == '\n' || c == '\t' || c == ' ';
        if (blank && (line.empty() || line.back() == ' '))
            continue;
        line.push_back(blank || c < ' ' || c == 0x7f ? ' ' : c);
    }
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    return line;
}

Result<pid_t> begin(const std::string &path, const std::vector<std::string> &arguments,
                    ChildStreams streams)
{
    std::vector<char *> argv;
    argv.push_back(const_cast<char *>(path.c_str()));
    for (const std::string &argument : arguments)
        argv.push_back(const_cast<char *>(argument.c_str()));
    argv.push_back(nullptr);
    return forkChild(path.c_str(), argv.data(), const_cast<char *const *>(cleanEnvironment()),
                     streams);
}

/// The exit status, or -1 for death by a signal.
Result<int> waitFor(pid_t pid, const std::string &path, Milliseconds timeout)
{
    const OwnedFd pidfd(::pidfd_open(pid, 0));
    pollfd ended{pidfd.get(), POLLIN, 0};
    const Monotonic deadline = monotonicNow() + timeout;
    int ready = pidfd.isOpen() ? 0 : 1;
    while (ready == 0) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - monotonicNow());
        if (left.count() <= 0)
            break;
        ready = ::poll(&ended, 1, static_cast<int>(left.count()));
        if (ready < 0 && errno == EINTR)
            ready = 0;
    }
    if (ready == 0)
        ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return systemError("waitpid " + path, errno);
    }
    if (ready == 0)
        return unexpected(ErrorCode::Timeout, path + " did not end in time");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

CommandWitness::CommandWitness(std::function<void()> ended)
{
    commandEnded = std::move(ended);
}

CommandWitness::~CommandWitness()
{
    commandEnded = nullptr;
}

Milliseconds waitedForCommands()
{
    return std::chrono::duration_cast<Milliseconds>(waited);
}

std::string describeErrno(std::string_view what, int error)
{
    return std::string(what) + ": " + std::generic_category().message(error);
}

Result<std::string> findProgram(std::string_view name)
{
    for (const char *directory : SearchPath) {
        std::string path = directory + std::string(name);
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return unexpected(ErrorCode::NotFound,
                      "the program " + std::string(name) + " is not installed");
}

const char *const *cleanEnvironment()
{
    static constexpr std::array<const char *, 4> Environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                                             "LC_ALL=C", "HOME=/", nullptr};
    return Environment.data();
}

Result<std::string> runCommand(std::string_view program, const std::vector<std::string> &arguments,
                               std::string_view input, Milliseconds timeout)
{
    const auto path = findProgram(program);
    if (!path)
        return unexpected(path.error());
    const auto in = pipeWith(input);
    if (!in)
        return unexpected(in.error());
    // Files in memory take any amount of output while we wait for nothing but the end.
    const OwnedFd out(::memfd_create("out", MFD_CLOEXEC));
    const OwnedFd err(::memfd_create("err", MFD_CLOEXEC));
    if (!out.isOpen() || !err.isOpen())
        return systemError("memfd_create", errno);

    const Monotonic begun = monotonicNow();
    const auto pid = begin(*path, arguments, {in->get(), out.get(), err.get()});
    if (!pid)
        return unexpected(pid.error());
    const auto status = waitFor(*pid, *path, timeout);
    waited += std::min<Monotonic::duration>(monotonicNow() - begun, timeout);
    if (commandEnded)
        commandEnded();
    if (!status)
        return unexpected(status.error());
    if (*status != 0) {
        std::string detail(program);
        if (!arguments.empty())
            detail += " " + arguments.front();
        return unexpected(ErrorCode::System, detail + ": " + complaintOf(contentsOf(err)));
    }
    return contentsOf(out);
}

Result<void> runNft(const std::string &ruleset)
{
    const auto done = runCommand("nft", {"-f", "-"}, ruleset);
    if (!done)
        return unexpected(done.error());
    return {};
}

} // namespace higgs
