// SPDX-License-Identifier: GPL-3.0-or-later
// The listening end on disk: a socket file that only one live daemon can hold, and the rule who may
// speak to it.
#pragma once

#include "shared/base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace higgs::control {

/// Members of this group may control the daemons, where it exists.
constexpr const char *ControlGroup = "higgs";

/// Whom a socket is for, besides root and the user that its daemon runs as.
enum class Admission { HiggsGroup, Nobody };

struct ControlPeer
{
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;
};

/// A bound, listening, non-blocking AF_UNIX socket of mode 0660, owned by the group `higgs` where
/// that exists and may be given, or, where nobody else is admitted, of mode 0600. The file goes
/// away with the object.
class ControlSocket
{
public:
    /// AlreadyExists: a live daemon holds the path. InvalidArgument: the path is too long, or is
    /// something else than a socket. Permission or System: the directory does not let us. A socket
    /// file that nobody listens on is replaced; a missing last directory is made (0755).
    /// `note` is kept for lastDaemonNote().
    static Result<std::unique_ptr<ControlSocket>> open(const std::string &path,
                                                       std::string_view note = {},
                                                       Admission admission = Admission::HiggsGroup);
    ~ControlSocket();
    ControlSocket(const ControlSocket &) = delete;
    ControlSocket &operator=(const ControlSocket &) = delete;

    [[nodiscard]] int descriptor() const { return m_fd; }
    [[nodiscard]] const std::string &path() const { return m_path; }

private:
    ControlSocket(std::string path, int lock, int fd);

    std::string m_path;
    int m_lock; ///< of "<path>.lock", held with flock(2) for life
    int m_fd;
};

/// What the last daemon at this path noted, whether it runs or was killed; empty if it cannot be
/// read. Tells an offline restore which data directory that daemon used.
std::string lastDaemonNote(const std::string &path);

/// SO_PEERCRED of a connected socket: the user at the other end when it connected, or, of one that
/// has connected, who had it listened to.
Result<ControlPeer> controlPeer(int connectedFd);

/// The gid of ControlGroup, if this machine has one.
std::optional<gid_t> controlGroup();

/// Root, the daemon's own user, or a member of `group` (SO_PEERGROUPS, so no name service is
/// asked). Fails closed.
bool mayControl(int connectedFd, const ControlPeer &peer, std::optional<gid_t> group);

} // namespace higgs::control
