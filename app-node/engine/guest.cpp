// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/guest.h"

#include "shared/base/log.h"
#include "shared/crypto/keys.h"
#include "shared/net/host_resolver.h"

namespace higgs::node {

namespace {

constexpr std::uint16_t NormalClosure = 1000;
constexpr std::uint16_t PolicyViolation = 1008;
constexpr Milliseconds ForgetAfter{300'000};

/// The guest's own addresses and nothing else: it cannot send under another's.
std::vector<IpPrefix> allowedIps(const protocol::SessionConnect &session)
{
    std::vector<IpPrefix> allowed;
    if (session.clientAddress && session.clientAddress->length == 32)
        allowed.push_back(*session.clientAddress);
    if (session.clientAddressV6 && session.clientAddressV6->length == 128)
        allowed.push_back(*session.clientAddressV6);
    return allowed;
}

} // namespace

Guest::Guest(EpollSet &epoll, TunnelDevice &device, GuestTraffic &traffic, std::uint64_t number,
             GuestOptions options, protocol::SessionConnect session, QObject *parent)
    : QObject(parent),
      m_epoll(epoll),
      m_device(device),
      m_options(std::move(options)),
      m_session(std::move(session)),
      m_lane(traffic, number),
      m_since(wallNow())
{
    m_reopenTimer.setSingleShot(true);
    connect(&m_reopenTimer, &QTimer::timeout, this, &Guest::dial);
}

Guest::~Guest()
{
    if (m_path)
        m_path->setReceiver(nullptr);
    if (m_peerAdded) {
        if (const Result<void> removed = m_device.removePeer(m_key); !removed)
            log::warning("node", "peer not removed", {{"error", removed.error().detail}});
    }
}

Result<void> Guest::start()
{
    if (!m_session.clientPublicKey)
        return unexpected(ErrorCode::Malformed, "the session has no client key");
    const Result<PublicKey> key = PublicKey::parse(m_session.clientPublicKey->text());
    if (!key)
        return unexpected(key.error());
    m_key = *key;
    const std::vector<IpPrefix> allowed = allowedIps(m_session);
    if (allowed.empty())
        return unexpected(ErrorCode::Malformed, "the session has no client address");
    // The client keeps the NAT mappings and the relay warm; the node needs no keepalive.
    const Result<DatagramSink *> input =
        m_device.addPeer({m_key, allowed, Seconds(0)}, m_lane.toGuest());
    if (!input)
        return unexpected(input.error());
    m_peerAdded = true;
    m_lane.setDevice(*input);
    dial();
    return {};
}

void Guest::dial()
{
    if (m_session.relayEndpoint.host == m_options.serverHost) {
        openPath(m_options.serverAddresses());
        return;
    }
    resolveHost(m_session.relayEndpoint.host,
                {this, [this](const Result<std::vector<IpAddress>> &addresses) {
                     if (m_ended)
                         return;
                     if (addresses)
                         openPath(*addresses);
                     else
                         pathClosed({protocol::ws_close::Abnormal, {}, addresses.error()});
                 }});
}

void Guest::openPath(const std::vector<IpAddress> &addresses)
{
    auto endpoints = m_options.check(addresses, m_session.relayEndpoint.port);
    if (!endpoints) {
        pathClosed({protocol::ws_close::Abnormal, {}, endpoints.error()});
        return;
    }
    if (m_path) {
        m_lane.setPath(nullptr);
        m_path->setReceiver(nullptr);
        m_path->disconnect(this);
        m_path.release()->deleteLater(); // we may stand in one of its signals
    }
    RelayPathOptions options;
    options.host = m_session.relayEndpoint.host;
    options.endpoints = std::move(*endpoints);
    options.trust = m_options.trust;
    options.token = m_options.token();
    options.sessionId = m_session.sessionId;
    options.direction = protocol::Direction::NodeToClient;
    m_path = std::make_unique<RelayPath>(m_epoll, std::move(options));
    connect(m_path.get(), &RelayPath::opened, this, [this] {
        m_online = true;
        m_offlineSince.reset();
        m_backoff.reset();
    });
    connect(m_path.get(), &RelayPath::closed, this, &Guest::pathClosed);
    connect(m_path.get(), &RelayPath::messageReceived, this,
            [this](const protocol::RelayMessage &message) {
                const auto *control = std::get_if<protocol::RelayControl>(&message.payload);
                if (control != nullptr && control->action == protocol::ControlAction::Disconnect)
                    m_path->close(NormalClosure); // closed() follows
            });
    m_path->setReceiver(&m_lane.fromGuest());
    m_lane.setPath(m_path.get());
    m_path->open();
}

void Guest::pathClosed(const RelayClose &close)
{
    m_online = false;
    if (close.code == NormalClosure || close.code == PolicyViolation) {
        end(close.reason);
        return;
    }
    // The session may have been renewed without our knowing, so its first expiry says nothing; but
    // a relay that stays away this long has forgotten it.
    const Monotonic now = monotonicNow();
    if (!m_offlineSince)
        m_offlineSince = now;
    if (now - *m_offlineSince >= ForgetAfter) {
        end("relay unreachable");
        return;
    }
    m_reopenTimer.start(m_backoff.next(randomUnit()));
    Q_EMIT pathBroke();
}

void Guest::serverMoved()
{
    if (m_online || m_ended)
        return;
    m_reopenTimer.stop();
    dial();
}

std::vector<IpPrefix> Guest::addresses() const
{
    return allowedIps(m_session);
}

void Guest::dismiss()
{
    if (m_online)
        m_path->close(NormalClosure); // closed() follows
    else
        end("ended by the owner");
}

void Guest::end(const std::string &reason)
{
    if (m_ended)
        return;
    m_ended = true;
    m_reopenTimer.stop();
    Q_EMIT ended(m_session.sessionId, reason);
}

GuestStatus Guest::status() const
{
    GuestStatus status;
    status.since = m_since;
    status.path = protocol::PathType::Relay;
    status.online = m_online;
    status.number = number();
    status.rxBytes = counts().up;
    status.txBytes = counts().down;
    return status;
}

} // namespace higgs::node
