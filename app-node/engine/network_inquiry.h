// SPDX-License-Identifier: GPL-3.0-or-later
// Asks whether the guests' networks are somebody's in the home already.
#pragma once

#include "app-node/engine/network_use.h"
#include "shared/net/address_sweep.h"

namespace higgs::node {

/// One question for all the networks given, asked by start(). Deleting it ends it silently. Lives
/// on its EpollSet's thread.
class NetworkInquiry : public QObject
{
    Q_OBJECT

public:
    /// `egress`: by which it is asked; empty while no tunnel has these networks.
    NetworkInquiry(EpollSet &epoll, const std::vector<IpPrefix> &networks,
                   const std::string &egress, QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    /// Empty: no sign of anybody. It may be deleted in answer.
    void finished(const std::string &use);

private:
    struct Question
    {
        IpPrefix network;
        NetworkTraces traces;
        std::unique_ptr<AddressSweep> sweep;
        std::unique_ptr<HopProbe> out;
        std::unique_ptr<HopProbe> there;
    };

    void oneLess();

    std::vector<std::unique_ptr<Question>> m_questions;
    std::size_t m_open = 0;
};

} // namespace higgs::node
