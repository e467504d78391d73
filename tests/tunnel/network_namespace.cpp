// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/tunnel/network_namespace.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/privileges.h"

#include <fcntl.h>
#include <sched.h>

namespace higgs::test {

NetworkNamespace::NetworkNamespace(const std::string &suffix)
    : m_name("higgs-" + std::to_string(::getpid()) + "-" + suffix)
{
    if (!runCommand("ip", {"netns", "add", m_name}))
        return;
    m_fd = OwnedFd(::open(("/run/netns/" + m_name).c_str(), O_RDONLY | O_CLOEXEC));
    static_cast<void>(runCommand("ip", {"-n", m_name, "link", "set", "lo", "up"}));
}

NetworkNamespace::~NetworkNamespace()
{
    m_fd.reset();
    static_cast<void>(runCommand("ip", {"netns", "delete", m_name}));
}

NetworkNamespace::Visit::Visit(int fd)
    : m_home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC))
{
    ::setns(fd, CLONE_NEWNET);
}

NetworkNamespace::Visit::~Visit()
{
    ::setns(m_home.get(), CLONE_NEWNET);
}

std::string whyNoNamespaces()
{
    if (const auto checked = checkTunnelPrivileges(TunnelKind::WireguardGo); !checked)
        return checked.error().detail;
    const NetworkNamespace probe("probe");
    return probe.isValid() ? std::string() : "network namespaces cannot be made here";
}

} // namespace higgs::test
