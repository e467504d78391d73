// SPDX-License-Identifier: GPL-3.0-or-later
// Watches that guests get answers, by being one now and then: with a real packet through the
// tunnel's interface, the machine's rules of whatever kind, the router, and back.
#pragma once

#include "app-node/engine/return_trial.h"
#include "shared/net/stun_binding.h"
#include "shared/net/tcp_dial.h"
#include "shared/protocol/server_info.h"
#include "shared/tunnel/guest_entrance.h"

#include <QTimer>
#include <memory>

namespace higgs::node {

/// As whom it is tried, in a server's networks: guests that are none.
std::vector<IpAddress> trialGuests(const protocol::ServerInfo &server);

/// Lives on its EpollSet's thread; needs CAP_NET_ADMIN.
class GuestAnswers : public QObject
{
    Q_OBJECT

public:
    explicit GuestAnswers(EpollSet &epoll);
    ~GuestAnswers() override;

    /// Where the tunnel stands: makes the way in. Where that cannot be had every trial is Unproven,
    /// which is logged.
    void open(const std::string &tunnel, const std::vector<IpAddress> &guests);
    /// Before the tunnel goes; silently.
    void close();

    /// `stun`: the same as among the questions, for the machine itself. One signal follows, from
    /// the event loop; a trial that is under way goes on, and its signal is that one. Services are
    /// asked now and then, and after forget(): a connection costs the server more than a datagram.
    void ask(ReturnQuestions questions, std::vector<CheckedEndpoint> stun);

    /// The machine has changed.
    void forget() { m_servicesAt.reset(); }

Q_SIGNALS:
    /// Something was lost, for the first time: it is to be asked again, with the places of now.
    void doubted();
    /// Of a loss: the second trial has found it, too.
    void settled(const higgs::node::ReturnVerdict &verdict);

private:
    void askOneself(const ReturnTrial::Place &place);
    void advance();
    void send(const std::vector<Bytes> &packets);
    void heard(ByteSpan packet);
    void end();
    void finish(const ReturnVerdict &verdict);

    EpollSet &m_epoll;
    bool m_lostBefore = false;
    std::optional<Monotonic> m_servicesAt; ///< when they were asked last
    std::unique_ptr<GuestEntrance> m_entrance;
    std::optional<ReturnTrial> m_trial;   ///< under way
    std::vector<CheckedEndpoint> m_asked; ///< over UDP, by the machine itself
    std::vector<std::unique_ptr<StunBinding>> m_ownBindings;
    std::vector<std::unique_ptr<TcpDial>> m_ownDials;
    QTimer m_timer;
};

} // namespace higgs::node
