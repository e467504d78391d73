// SPDX-License-Identifier: GPL-3.0-or-later
// Tells when somebody changed what decides over a packet: the machine's nftables, traffic control
// or routing rules. Another firewall that reloads may flush our rules, or let no guest out, and our
// barrier hangs on an interface's queueing discipline.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/result.h"
#include "shared/tunnel/owned_fd.h"

#include <QObject>
#include <QTimer>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

class QSocketNotifier;

namespace higgs {

/// Whether a datagram of nftables' tidings tells of anything but tables of these names, which are
/// the caller's own and change as it works. True for what is not understood. Pure.
bool tellsOfOtherTable(ByteSpan datagram, std::span<const std::string_view> tables);

/// Lives on one thread with a Qt event loop. Owns three netlink sockets.
class FirewallWatch : public QObject
{
    Q_OBJECT

public:
    enum class Scope : std::uint8_t {
        Exit,  ///< a node's: also traffic control
        Block, ///< a client's: also traffic control, routes, addresses and links, and told sooner
    };

    explicit FirewallWatch(Scope scope = Scope::Exit, QObject *parent = nullptr);
    ~FirewallWatch() override;

    /// System when the kernel gives no such socket; what the others tell is told nevertheless.
    Result<void> start();

Q_SIGNALS:
    /// At most one for a burst of changes, some milliseconds after its first; also for our own, but
    /// not for those of the self-test's table. `elsewhere`: something else than a node's own tables
    /// changed.
    void changed(bool elsewhere);

private:
    struct Source
    {
        OwnedFd socket;
        std::unique_ptr<QSocketNotifier> readable;
    };

    Result<void> open(Source &source, int protocol, std::initializer_list<int> groups);
    void read(int fd);

    Scope m_scope;
    Source m_tables;
    Source m_rest;
    Source m_routingRules;
    QTimer m_burst;
    bool m_elsewhere = false; ///< since the last signal
};

} // namespace higgs
