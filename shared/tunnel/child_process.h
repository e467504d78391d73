// SPDX-License-Identifier: GPL-3.0-or-later
// A long-running program of ours that dies with us, and whose own death is noticed.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/owned_fd.h"

#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace higgs {

/// Started by a thread that must live as long as the child: the kernel kills the child when that
/// thread ends (PR_SET_PDEATHSIG), so that kill -9 of the daemon leaves no orphan.
class ChildProcess
{
public:
    /// `environment` is added to cleanEnvironment(). What the child writes on its standard output
    /// and error goes to the log, line by line, under `category`.
    static Result<std::unique_ptr<ChildProcess>> start(EpollSet &epoll, std::string_view program,
                                                       const std::vector<std::string> &arguments,
                                                       const std::vector<std::string> &environment,
                                                       std::string category);
    ~ChildProcess(); ///< SIGTERM, and SIGKILL when that does not help within two seconds
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;

    /// Called once, from the event loop, when the child has ended without being asked.
    void onExit(std::function<void(std::string why)> handler);

    [[nodiscard]] int pidfd() const { return m_pidfd.get(); }
    [[nodiscard]] pid_t pid() const { return m_pid; }
    /// False once it has ended; does not wait.
    [[nodiscard]] bool isRunning() const;
    /// The last line it wrote, for an Error when it ended early.
    [[nodiscard]] std::string lastWords();

private:
    class Exit;
    class Output;

    ChildProcess(EpollSet &epoll, pid_t pid, OwnedFd pidfd, OwnedFd output, std::string category);

    pid_t m_pid;
    OwnedFd m_pidfd;
    std::unique_ptr<Exit> m_exit;
    std::unique_ptr<Output> m_output;
};

} // namespace higgs
