// SPDX-License-Identifier: GPL-3.0-or-later
// A network namespace of the test's own, and calls made inside it.
#pragma once

#include "shared/tunnel/owned_fd.h"

#include <string>
#include <vector>

namespace higgs::test {

/// Created with a name unique to this process, loopback up; removed with everything in it.
class NetworkNamespace
{
public:
    explicit NetworkNamespace(const std::string &suffix);
    ~NetworkNamespace();
    NetworkNamespace(const NetworkNamespace &) = delete;
    NetworkNamespace &operator=(const NetworkNamespace &) = delete;

    [[nodiscard]] bool isValid() const { return m_fd.isOpen(); }
    [[nodiscard]] const std::string &name() const { return m_name; }

    /// Runs `call` with this thread inside the namespace; sockets and children made there stay.
    template <typename Call>
    auto inside(Call call) const
    {
        const Visit visit(m_fd.get());
        return call();
    }

private:
    class Visit
    {
    public:
        explicit Visit(int fd);
        ~Visit();
        Visit(const Visit &) = delete;
        Visit &operator=(const Visit &) = delete;

    private:
        OwnedFd m_home;
    };

    std::string m_name;
    OwnedFd m_fd;
};

/// Why tests in namespaces cannot run here; empty: they can.
std::string whyNoNamespaces();

} // namespace higgs::test
