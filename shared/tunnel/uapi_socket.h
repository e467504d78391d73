// SPDX-License-Identifier: GPL-3.0-or-later
// The socket on which an interface of our own answers `wg`, as wireguard-go's do: for root, and for
// whoever this process runs as. It never makes anybody wait.
#pragma once

#include "shared/base/secret.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/owned_fd.h"
#include "shared/tunnel/uapi_answer.h"

#include <functional>
#include <list>
#include <string>

namespace higgs {

/// Where `wg` looks for them.
inline constexpr const char *UapiDirectory = "/var/run/wireguard";

class UapiSocket final : private EpollSource
{
public:
    /// Who asks: true for root, who may know the private key.
    using Answer = std::function<SecretText(bool toRoot)>;

    /// Those at once; one more sends the first of them away.
    static constexpr std::size_t MostAskers = 8;

    UapiSocket(EpollSet &epoll, Answer answer);
    /// Takes the socket away.
    ~UapiSocket() override;

    /// NAME.sock in that directory, which is made if it is not there. Permission, System (also
    /// where there is one of that name).
    Result<void> open(const std::string &interfaceName,
                      const std::string &directory = UapiDirectory);

private:
    class Asker;

    void ready(std::uint32_t events) override;
    void forget(const Asker &asker);

    EpollSet &m_epoll;
    Answer m_answer;
    OwnedFd m_fd;
    std::string m_path; ///< empty: nothing to take away
    std::list<std::unique_ptr<Asker>> m_askers;
};

} // namespace higgs
