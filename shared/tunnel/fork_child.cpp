// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/fork_child.h"

#include "shared/tunnel/command.h"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace higgs {

namespace {

constexpr int NotExecuted = 127;

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void becomeChild(pid_t parent, const char *path, char *const *argv,
                              char *const *environment, ChildStreams streams)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) // it died before the line above
        ::_exit(NotExecuted);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(streams.in, STDIN_FILENO);
    ::dup2(streams.out, STDOUT_FILENO);
    ::dup2(streams.err, STDERR_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execve(path, argv, environment);
    ::_exit(NotExecuted);
}

} // namespace

Result<pid_t> forkChild(const char *path, char *const *argv, char *const *environment,
                        ChildStreams streams)
{
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return unexpected(ErrorCode::System, describeErrno("fork", errno));
    if (pid == 0)
        becomeChild(parent, path, argv, environment, streams);
    return pid;
}

} // namespace higgs
