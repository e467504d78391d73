// SPDX-License-Identifier: GPL-3.0-or-later
// That one daemon of a kind changes a machine's network, whatever sockets and directories each was
// given: two would take each other's rules for those of a dead run, and fight.
#pragma once

#include "shared/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace higgs::control {

/// A file in the daemons' own directory, named after the network namespace, and held with flock(2)
/// for life: the kernel drops it with the process. Only root and the directory's owner can open it,
/// so that nobody else can hold it and keep the daemon from starting. The file goes away with the
/// object.
class NetworkLock
{
public:
    /// `directory` is made, for others to read, where it is missing. `note` tells others who holds
    /// it. AlreadyExists: somebody else, who is named. Any other error: it cannot be known who
    /// does, as there is no such directory to write to.
    static Result<std::unique_ptr<NetworkLock>>
    take(const std::string &directory, std::string_view daemon, std::string_view note);
    ~NetworkLock();
    NetworkLock(const NetworkLock &) = delete;
    NetworkLock &operator=(const NetworkLock &) = delete;

private:
    NetworkLock(std::string path, int fd) : m_path(std::move(path)), m_fd(fd) {}

    std::string m_path;
    int m_fd;
};

/// One who stays, or one who gives the network back, and makes no directory for it.
enum class LockUser { Daemon, Restoration };

/// NetworkLock::take() for who listens at `controlSocket`. Where it cannot be known who else is
/// there, that is logged, and nothing is held.
Result<std::unique_ptr<NetworkLock>> holdNetwork(const std::string &directory,
                                                 std::string_view daemon,
                                                 const std::string &controlSocket, LockUser user);

} // namespace higgs::control
