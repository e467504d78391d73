// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/guest.h"

#include "shared/base/log.h"
#include "shared/crypto/keys.h"
#include "shared/paths/relay_member.h"

namespace higgs::node {

namespace {

/// The session may have been renewed without our knowing, so its first expiry says nothing; but a
/// relay that stays away for five minutes has forgotten it.
constexpr PathRetry Retry{
    .base = Milliseconds(300), .cap = Milliseconds(5'000), .forgetAfter = Milliseconds(300'000)};

/// After so long without any path a guest is not spoken of: a server that is away tells nobody that
/// it has left. Its place stays, as it may come back with the server.
constexpr Milliseconds AwayAfter{3'000};

/// So long a cascade's exit may be away: its client cannot see that it is.
constexpr Milliseconds ExitGrace{3'000};

/// A client asks through its tunnel every two seconds.
constexpr Milliseconds RelayQuiet{3'000};

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
      m_paths(ownOptions()),
      m_since(wallNow())
{
    m_paths.setReceiver(&m_lane.fromGuest());
    m_lane.setPath(&m_paths);
    follow(m_paths);
}

void Guest::follow(SessionPaths &paths)
{
    connect(&paths, &SessionPaths::interrupted, this, &Guest::pathBroke);
    connect(&paths, &SessionPaths::relayQuiet, this, &Guest::relayQuiet);
    connect(&paths, &SessionPaths::relayStands, this, &Guest::serverHeard);
    connect(&paths, &SessionPaths::interrupted, this, [this] {
        if (!m_awaySince)
            m_awaySince = monotonicNow();
    });
    connect(&paths, &SessionPaths::opened, this, [this] { m_awaySince.reset(); });
    connect(&paths, &SessionPaths::lost, this, [this](const PathClose &why) {
        if (why.end == PathEnd::SessionOver)
            Q_EMIT serverHeard();
        end(why.end == PathEnd::SessionOver ? why.detail : "relay unreachable");
    });
}

SessionPathsOptions Guest::ownOptions()
{
    return pathsOptions(m_session.relayEndpoint, {.trust = m_options.trust,
                                                  .token = m_options.token,
                                                  .sessionId = m_session.sessionId,
                                                  .direction = protocol::Direction::NodeToClient,
                                                  .mark = std::nullopt,
                                                  .quiet = RelayQuiet});
}

SessionPathsOptions Guest::pathsOptions(const protocol::RelayEndpoint &relay,
                                        RelayMemberOptions member)
{
    SessionPathsOptions options;
    options.relay.host = relay.host;
    options.relay.port = relay.port;
    options.relay.addresses = addressesOf(relay.host);
    options.relay.check = m_options.check;
    options.relay.make = relayMembers(m_epoll, std::move(member));
    options.retry = Retry;
    return options;
}

/// Null: the resolver is asked at each try.
std::function<std::vector<IpAddress>()> Guest::addressesOf(const std::string &host) const
{
    if (host == m_options.serverHost)
        return m_options.serverAddresses;
    const bool isKnown = m_options.otherAddresses && !m_options.otherAddresses(host).empty();
    if (!isKnown)
        return {};
    return [others = m_options.otherAddresses, host] { return others(host); };
}

void Guest::moved(const protocol::RelayEndpoint &relay)
{
    if (relay == m_session.relayEndpoint || m_ended)
        return;
    m_session.relayEndpoint = relay;
    m_paths.setRelay(relay.host, relay.port, addressesOf(relay.host));
}

Guest::~Guest()
{
    m_paths.setReceiver(nullptr);
    m_lane.setDevice(nullptr);
    if (m_onward)
        m_onward->setReceiver(nullptr);
    m_lane.setPath(nullptr);
    if (m_peerAdded) {
        if (const Result<void> removed = m_device.removePeer(m_key); !removed)
            log::warning("node", "peer not removed", {{"error", removed.error().detail}});
    }
}

/// The client's datagrams count and wait like every guest's, and are nobody's here to open.
Result<void> Guest::startForward()
{
    if (!m_session.forward)
        return unexpected(ErrorCode::Malformed, "the session has nowhere to go on to");
    const protocol::ForwardHop &next = *m_session.forward;
    RelayMemberOptions member{.trust = m_options.trust,
                              .token = [this] { return m_session.forward->token.copy(); },
                              .sessionId = next.relayEndpoint.sessionId,
                              .direction = protocol::Direction::ClientToNode,
                              .mark = std::nullopt};
    SessionPathsOptions options = pathsOptions(next.relayEndpoint, std::move(member));
    options.rules.quietGrace = ExitGrace;
    m_onward = std::make_unique<SessionPaths>(std::move(options));
    follow(*m_onward);
    m_onward->setReceiver(&m_lane.toGuest());
    m_lane.setDevice(m_onward.get());
    m_onward->start();
    m_paths.start();
    return {};
}

Result<void> Guest::start()
{
    if (m_session.role == protocol::SessionRole::Forward)
        return startForward();
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
    m_paths.start();
    lookForStraightWay();
    return {};
}

void Guest::lookForStraightWay()
{
    if (m_options.mux == nullptr || m_options.key == nullptr)
        return;
    auto codec = CheckCodec::make(*m_options.key, m_key, m_session.sessionId,
                                  protocol::Direction::NodeToClient);
    if (!codec)
        return;
    auto direct = std::make_unique<DirectMember>(
        *m_options.mux, DirectMemberOptions{.codec = std::move(*codec),
                                            .decides = false,
                                            .check = m_options.checkGuest,
                                            .checkRelayed = m_options.checkRelayed,
                                            .checkNeighbour = m_options.checkNeighbour,
                                            .mayKnock = m_options.mayKnock,
                                            .startedAt = m_options.startedAt,
                                            .peerNat = m_session.natType,
                                            .countPorts = m_options.countPorts});
    m_direct = direct.get();
    connect(m_direct, &DirectMember::doubtful, this, &Guest::wayDoubtful);
    m_paths.add(std::move(direct));
    m_direct->setOwnPlace(m_options.place);
    if (!m_session.candidates.empty())
        m_direct->hearCandidates(m_session.candidates);
}

void Guest::setOwnPlace(const OwnPlace &place)
{
    if (m_direct != nullptr)
        m_direct->setOwnPlace(place);
}

void Guest::portsCounted(const OwnPlace &place)
{
    if (m_direct != nullptr)
        m_direct->portsCounted(place);
}

void Guest::tellAnew()
{
    if (m_direct != nullptr)
        m_direct->tellAnew();
}

void Guest::candidatesCame(std::span<const protocol::Candidate> candidates)
{
    if (m_direct != nullptr)
        m_direct->hearCandidates(candidates);
}

void Guest::serverMoved()
{
    m_paths.tryNow();
    if (m_onward)
        m_onward->tryNow();
}

void Guest::networksChanged()
{
    m_paths.hurry();
    m_paths.renewRelay();
    if (m_onward)
        m_onward->renewRelay();
}

void Guest::woke()
{
    m_paths.woke();
    if (m_onward)
        m_onward->woke();
}

std::vector<IpPrefix> Guest::addresses() const
{
    return allowedIps(m_session);
}

void Guest::dismiss()
{
    if (m_paths.carries())
        m_paths.close(); // lost() follows
    else
        end("ended by the owner");
}

void Guest::end(const std::string &reason)
{
    if (m_ended)
        return;
    m_ended = true;
    m_paths.stop();
    if (m_onward) {
        m_onward->stop();
        m_onward->close();
        m_paths.close(); // whichever ended, both are over
    }
    Q_EMIT ended(m_session.sessionId, reason);
}

std::uint64_t Guest::droppedByPaths() const
{
    return m_paths.dropped() + (m_onward ? m_onward->dropped() : 0);
}

GuestStatus Guest::status() const
{
    GuestStatus status;
    status.since = m_since;
    status.path = m_paths.type();
    status.online = m_paths.carries();
    status.away = m_awaySince && monotonicNow() - *m_awaySince >= AwayAfter;
    status.number = number();
    status.rxBytes = counts().up;
    status.txBytes = counts().down;
    return status;
}

} // namespace higgs::node
