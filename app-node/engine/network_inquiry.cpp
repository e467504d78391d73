// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/network_inquiry.h"

#include "shared/net/udp_socket.h"

#include <sys/socket.h>
#include <unistd.h>

namespace higgs::node {

namespace {

/// How many routers of a home may stand behind each other. What is nobody's goes no further into
/// the provider's network.
constexpr int HomeDepth = 4;

/// Both ways are asked from one address: a router answers each of ours by another name of its own.
IpAddress sourceFor(IpAddress::Family family, const std::string &egress)
{
    const IpAddress any = IpAddress::any(family);
    const Result<int> fd = openUdpSocket({any, 0}, {egress, {}});
    if (!fd)
        return any;
    sockaddr_storage storage{};
    const unsigned length = Endpoint{farAway(family), 9}.toSockaddr(storage);
    const bool routed = ::connect(*fd, reinterpret_cast<const sockaddr *>(&storage), length) == 0;
    const IpAddress source = routed ? localEndpoint(*fd).address : any;
    ::close(*fd);
    return source;
}

} // namespace

NetworkInquiry::NetworkInquiry(EpollSet &epoll, const std::vector<IpPrefix> &networks,
                               const std::string &egress, QObject *parent)
    : QObject(parent)
{
    for (const IpPrefix &network : networks) {
        std::vector<IpAddress> targets = sweepTargets(network);
        if (targets.size() < 2)
            continue;
        const IpAddress somebody = targets[1];
        if (!egress.empty()) // a tunnel stands, and the first is this machine's
            targets.erase(targets.begin());
        auto question = std::make_unique<Question>();
        Question *asked = question.get();
        question->network = network;
        const IpAddress own = sourceFor(network.address.family(), egress);
        question->sweep =
            std::make_unique<AddressSweep>(epoll, AddressSweepOptions{targets, egress, HomeDepth});
        question->out = std::make_unique<HopProbe>(epoll, HopProbeOptions{own, {}, egress});
        question->there = std::make_unique<HopProbe>(epoll, HopProbeOptions{own, somebody, egress});
        connect(question->sweep.get(), &AddressSweep::finished, this,
                [this, asked](const std::vector<IpAddress> &answered) {
                    asked->traces.answered = answered;
                    // Not before: a router answers to so many probes a second.
                    asked->out->start();
                    asked->there->start();
                    oneLess();
                });
        connect(question->out.get(), &HopProbe::finished, this, [this, asked](const Hops &hops) {
            asked->traces.internet = hops;
            oneLess();
        });
        connect(question->there.get(), &HopProbe::finished, this, [this, asked](const Hops &hops) {
            asked->traces.network = hops;
            oneLess();
        });
        m_questions.push_back(std::move(question));
    }
}

void NetworkInquiry::start()
{
    m_open = 3 * m_questions.size() + 1;
    for (const auto &question : m_questions)
        question->sweep->start();
    oneLess();
}

void NetworkInquiry::oneLess()
{
    if (--m_open > 0)
        return;
    std::string use;
    for (const auto &question : m_questions) {
        const std::string sign = useOf(question->traces);
        if (use.empty() && !sign.empty())
            use = question->network.toString() + ": " + sign;
    }
    // Queued: one of ours is on the stack, and this may be deleted in answer.
    QMetaObject::invokeMethod(
        this, [this, use] { Q_EMIT finished(use); }, Qt::QueuedConnection);
}

} // namespace higgs::node
