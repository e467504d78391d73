// SPDX-License-Identifier: GPL-3.0-or-later
// What a connection counts for as long as it lives, wherever it goes: its place in the counts of
// its networks, and its descriptor.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace higgs {

/// A number of connections, shared by those whom it counts and whoever bounds it.
using ConnectionCount = std::shared_ptr<std::atomic<std::uint32_t>>;

/// Counts itself in all counts from its making to its end, on whatever thread that is.
class ConnectionPlace
{
public:
    /// `networks` are left by admitted(), `process` is not.
    ConnectionPlace(std::vector<ConnectionCount> networks, ConnectionCount process);
    ConnectionPlace(const ConnectionPlace &) = delete;
    ConnectionPlace &operator=(const ConnectionPlace &) = delete;
    ~ConnectionPlace();

    /// Whoever is at the other end has shown a right to be here, and is bounded by that from now on
    /// (a session, a node); the caps on strangers from one network are for others.
    void admitted();

private:
    std::vector<ConnectionCount> m_networks;
    ConnectionCount m_process;
};

} // namespace higgs
