// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/in_process_device.h"

#include "shared/base/log.h"
#include "shared/tunnel/interface_setup.h"

#include <algorithm>
#include <sys/epoll.h>

namespace higgs {

namespace {

using wireguard::HeadRoom;
using wireguard::PeerId;
using wireguard::TailRoom;

/// Two super-packets of ordinary packets, so that the rest of one seldom waits.
constexpr std::size_t TrainPackets = 2 * MaxTrain;
/// Trains that are sealed before other descriptors have their turn.
constexpr int MostTrains = 8;
/// A path that takes nothing for longer gets nothing so old, as with a bridge.
constexpr Milliseconds LongestWait{10};
/// Peers may have interfaces with a larger MTU than ours.
constexpr std::size_t LeastRoom = 2048;

std::size_t roomSizeFor(int mtu)
{
    return std::max(LeastRoom, HeadRoom + static_cast<std::size_t>(mtu) + TailRoom);
}

} // namespace

class InProcessDevice::Lane : public DatagramSink
{
public:
    Lane(InProcessDevice &device, PeerId peer, const Endpoint &place, DatagramSink &sink,
         PeerConfig its)
        : id(peer), from(place), output(&sink), config(std::move(its)), m_device(device)
    {}

    void take(std::span<const ByteSpan> datagrams) override { m_device.fromPath(*this, datagrams); }

    void deliver(std::span<const ByteSpan> datagrams)
    {
        if (output != nullptr)
            output->take(datagrams);
        else
            dropped += datagrams.size();
    }

    PeerId id;
    Endpoint from; ///< what its path is called in the core
    DatagramSink *output;
    PeerConfig config;
    std::uint64_t dropped = 0;

private:
    InProcessDevice &m_device;
};

InProcessDevice::InProcessDevice(EpollSet &epoll, const DeviceConfig &config, TrainTun tun)
    : m_epoll(epoll),
      m_name(config.interfaceName),
      m_tun(std::move(tun)),
      m_core(config.privateKey.copy(), {.mtu = static_cast<std::size_t>(config.mtu)}, fillRandom),
      m_timer(epoll,
              [this] {
                  m_core.advance(clocksNow());
                  drain();
              }),
      m_uapi(epoll, [this](bool toRoot) { return tellAll(toRoot); }),
      m_roomSize(roomSizeFor(config.mtu)),
      m_outgoingBytes(TrainPackets * m_roomSize),
      m_incomingBytes(MaxTrain * m_roomSize)
{
    m_patience.setSingleShot(true);
    m_patience.setTimerType(Qt::PreciseTimer);
    connect(&m_patience, &QTimer::timeout, this, [this] { patienceEnded(); });
    for (std::size_t i = 0; i < TrainPackets; ++i)
        m_rooms.push_back(
            {MutableByteSpan(m_outgoingBytes)
                 .subspan(i * m_roomSize + HeadRoom, m_roomSize - HeadRoom - TailRoom)});
}

InProcessDevice::~InProcessDevice()
{
    m_epoll.forget(*this);
    if (!m_dead)
        m_epoll.remove(m_tun.fd(), *this);
}

Result<std::unique_ptr<TunnelDevice>> InProcessDevice::open(EpollSet &epoll,
                                                            const DeviceConfig &config)
{
    auto tun = TrainTun::open(config.interfaceName);
    if (!tun)
        return unexpected(tun.error());
    const bool offloads = tun->hasOffloads();
    std::unique_ptr<InProcessDevice> device(new InProcessDevice(epoll, config, std::move(*tun)));
    if (const auto added = epoll.add(device->m_tun.fd(), EPOLLIN, *device); !added) {
        device->m_dead = true;
        return unexpected(added.error());
    }
    if (const auto opened = device->m_timer.open(); !opened)
        return unexpected(opened.error());
    if (const auto done = setUpInterface(config); !done)
        return unexpected(done.error());
    // Nobody but `wg` misses it.
    if (const auto told = device->m_uapi.open(config.interfaceName); !told)
        log::info("tunnel", "wg show cannot see the interface",
                  {{"interface", device->m_name}, {"error", told.error().detail}});
    log::info("tunnel", "device is up",
              {{"interface", device->m_name},
               {"kind", toString(TunnelKind::InProcess)},
               {"offloads", offloads}});
    return std::unique_ptr<TunnelDevice>(std::move(device));
}

// --- Peers ---------------------------------------------------------------------------------------

Result<DatagramSink *> InProcessDevice::addPeer(const PeerConfig &peer, DatagramSink &output)
{
    wireguard::PeerOptions options;
    options.publicKey = peer.key;
    options.allowedIps = peer.allowedIps;
    options.persistentKeepalive = peer.keepalive;
    const Result<PeerId> id = m_core.addPeer(bootNow(), std::move(options));
    if (!id)
        return unexpected(id.error());
    // Of IPv4, as a /64 of IPv6 shares one rate; the port is nobody's.
    const auto number = static_cast<std::uint32_t>(*id);
    const Endpoint place{IpAddress::v4(number), 1};
    m_core.setEndpoint(*id, place);
    auto &lane = m_lanes[peer.key];
    lane = std::make_unique<Lane>(*this, *id, place, output, peer);
    m_byPeer[*id] = lane.get();
    goOn(); // whoever waited for the only path does not any more
    arm();  // a first word leaves from the event loop, when the caller can take the answer
    return static_cast<DatagramSink *>(lane.get());
}

Result<void> InProcessDevice::setPeerOutput(const PublicKey &key, DatagramSink *output)
{
    const auto found = m_lanes.find(key);
    if (found == m_lanes.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    found->second->output = output;
    goOn();
    return {};
}

Result<void> InProcessDevice::removePeer(const PublicKey &key)
{
    const auto found = m_lanes.find(key);
    if (found == m_lanes.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    m_core.removePeer(found->second->id);
    m_byPeer.erase(found->second->id);
    m_dropped += found->second->dropped;
    m_lanes.erase(found);
    goOn();
    return {};
}

Result<void> InProcessDevice::forgetKeys(const PublicKey &key)
{
    const auto found = m_lanes.find(key);
    if (found == m_lanes.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    m_core.forgetKeys(bootNow(), found->second->id);
    arm();
    return {};
}

PeerStats InProcessDevice::statsOf(const PublicKey &key, const Lane &lane) const
{
    PeerStats stats;
    stats.key = key;
    stats.droppedDatagrams = lane.dropped;
    if (const auto status = m_core.status(lane.id)) {
        stats.rxBytes = status->traffic.received;
        stats.txBytes = status->traffic.sent;
        stats.lastHandshake = status->lastHandshake;
    }
    return stats;
}

Result<PeerStats> InProcessDevice::peerStats(const PublicKey &key)
{
    const auto found = m_lanes.find(key);
    if (found == m_lanes.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    return statsOf(key, *found->second);
}

Result<std::vector<PeerStats>> InProcessDevice::allPeerStats()
{
    std::vector<PeerStats> all;
    for (const auto &[key, lane] : m_lanes)
        all.push_back(statsOf(key, *lane));
    return all;
}

SecretText InProcessDevice::tellAll(bool toRoot) const
{
    std::vector<UapiPeer> peers;
    for (const auto &[key, lane] : m_lanes)
        peers.push_back({statsOf(key, *lane), lane->config.allowedIps, lane->config.keepalive});
    return uapiInterface(toRoot ? &m_core.privateKey() : nullptr, peers);
}

std::uint64_t InProcessDevice::dropped() const
{
    std::uint64_t sum = m_dropped + m_core.counters().dropped + m_tun.counters().dropped +
                        m_tun.counters().senseless;
    for (const auto &[key, lane] : m_lanes)
        sum += lane->dropped;
    return sum;
}

InProcessDevice::Lane *InProcessDevice::laneOf(PeerId peer) const
{
    const auto found = m_byPeer.find(peer);
    return found == m_byPeer.end() ? nullptr : found->second;
}

// --- From the TUN --------------------------------------------------------------------------------

void InProcessDevice::ready(std::uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        // Somebody has taken the interface away.
        m_dead = true;
        m_epoll.remove(m_tun.fd(), *this);
        QMetaObject::invokeMethod(
            this,
            [this] {
                Q_EMIT failed({ErrorCode::Unavailable, "the interface " + m_name + " is gone"});
            },
            Qt::QueuedConnection);
        return;
    }
    if (!m_holds)
        fromTun();
}

void InProcessDevice::turnEnded()
{
    if (!m_holds && !m_dead)
        fromTun();
}

void InProcessDevice::roomAgain()
{
    goOn();
}

std::size_t InProcessDevice::room() const
{
    if (m_lanes.size() != 1)
        return DatagramSink::AnyNumber;
    const Lane &only = *m_lanes.begin()->second;
    return only.output != nullptr ? only.output->room() : DatagramSink::AnyNumber;
}

void InProcessDevice::fromTun()
{
    for (int train = 0; train < MostTrains; ++train) {
        const std::size_t most = room();
        if (most == 0) {
            hold();
            return;
        }
        if (!sealTrain(std::min(most, TrainPackets)))
            return;
    }
    m_epoll.atTurnEnd(*this); // part of a super-packet may lie here, of which epoll knows nothing
}

/// What has waited too long is given all the same, a train at a time: the path drops its oldest for
/// it, and the interface keeps nothing that nobody wants any more.
void InProcessDevice::patienceEnded()
{
    if (room() == 0)
        sealTrain(TrainPackets);
    if (room() == 0)
        hold();
    else
        goOn();
}

/// False: there is nothing more.
bool InProcessDevice::sealTrain(std::size_t most)
{
    const std::size_t largest = m_rooms.front().room.size();
    const std::size_t count = m_tun.read(std::span(m_rooms).first(most), largest);
    if (count == 0)
        return false;
    m_outgoing.clear();
    for (std::size_t i = 0; i < count; ++i)
        m_outgoing.push_back({MutableByteSpan(m_outgoingBytes).subspan(i * m_roomSize, m_roomSize),
                              m_rooms[i].length});
    m_core.send(clocksNow(), m_outgoing);
    m_train.clear();
    Lane *lane = nullptr;
    for (const wireguard::OutgoingPacket &packet : m_outgoing) {
        if (packet.datagram.empty())
            continue;
        if (lane == nullptr || lane->id != packet.peer) {
            if (lane != nullptr)
                lane->deliver(m_train);
            m_train.clear();
            lane = laneOf(packet.peer);
        }
        m_train.push_back(packet.datagram);
    }
    if (lane != nullptr)
        lane->deliver(m_train);
    drain();
    return true;
}

void InProcessDevice::hold()
{
    if (!std::exchange(m_holds, true))
        m_epoll.modify(m_tun.fd(), 0, *this);
    m_patience.start(LongestWait);
    if (Lane *only = m_lanes.size() == 1 ? m_lanes.begin()->second.get() : nullptr;
        only != nullptr && only->output != nullptr && !isWaiting())
        only->output->whenRoom(*this);
}

void InProcessDevice::goOn()
{
    stopWaiting();
    m_patience.stop();
    if (!std::exchange(m_holds, false) || m_dead)
        return;
    m_epoll.modify(m_tun.fd(), EPOLLIN, *this);
    m_epoll.atTurnEnd(*this);
}

// --- From the path -------------------------------------------------------------------------------

void InProcessDevice::fromPath(Lane &lane, std::span<const ByteSpan> datagrams)
{
    for (std::size_t done = 0; done < datagrams.size(); done += MaxTrain)
        openTrain(lane, datagrams.subspan(done, std::min(MaxTrain, datagrams.size() - done)));
    drain();
}

/// They are opened in a copy: a path's buffers are its own.
void InProcessDevice::openTrain(Lane &lane, std::span<const ByteSpan> datagrams)
{
    m_datagrams.clear();
    for (const ByteSpan datagram : datagrams) {
        if (datagram.size() > m_roomSize) {
            ++lane.dropped;
            continue;
        }
        const MutableByteSpan copy = MutableByteSpan(m_incomingBytes)
                                         .subspan(m_datagrams.size() * m_roomSize, datagram.size());
        std::copy(datagram.begin(), datagram.end(), copy.begin());
        m_datagrams.push_back(copy);
    }
    m_incoming.resize(m_datagrams.size());
    const std::size_t count = m_core.receive(clocksNow(), lane.from, m_datagrams, m_incoming);
    m_written.clear();
    for (std::size_t i = 0; i < count; ++i)
        m_written.push_back(m_incoming[i].packet);
    if (!m_written.empty())
        m_tun.write(m_written);
}

// --- What the core has to say --------------------------------------------------------------------

void InProcessDevice::drain()
{
    while (const auto transmission = m_core.nextTransmission()) {
        const ByteSpan datagram = transmission->datagram;
        // A cookie for whoever has no session yet goes back by the way on which it was asked for.
        const PeerId peer = transmission->peer.value_or(PeerId{transmission->to.address.toV4()});
        if (Lane *lane = laneOf(peer))
            lane->deliver(std::span(&datagram, 1));
        else
            ++m_dropped;
    }
    arm();
}

void InProcessDevice::arm()
{
    const BootTime deadline = m_core.deadline();
    if (deadline != wireguard::Never && (!m_timer.due() || deadline < *m_timer.due()))
        m_timer.start(deadline);
}

} // namespace higgs
