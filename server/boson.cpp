// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/boson.h"

#include "server/storage/await.h"
#include "shared/base/log.h"

#include <unordered_set>

namespace higgs::server {

namespace {

ServerSettings settingsOf(Config &config)
{
    ServerSettings settings;
    settings.publicHost = config.publicHost;
    settings.access = config.access;
    settings.nodeAccess = config.nodeAccess;
    settings.severalServers = config.severalServers();
    settings.sessionLife = config.sessionLife;
    settings.dns = config.dns;
    settings.metricsToken = std::move(config.metricsToken);
    settings.limits = config.limits;
    settings.journalDays = config.journalDays;
    settings.fronts = config.fronts;
    return settings;
}

const char *nameOf(relay::SessionEnd cause)
{
    switch (cause) {
    case relay::SessionEnd::Disconnected:
        return "disconnected";
    case relay::SessionEnd::Closed:
        return "closed";
    case relay::SessionEnd::Expired:
        return "expired";
    }
    return "unknown";
}

} // namespace

std::vector<protocol::StunServer> stunServersOf(const Config &config, const StunThread *stun)
{
    if (stun == nullptr)
        return {};
    std::vector<protocol::StunServer> servers{{config.publicHost, stun->localEndpoint().port}};
    if (stun->secondPort() != 0) // at which mappings are compared
        servers.push_back({config.publicHost, stun->secondPort()});
    return servers;
}

std::string turnHostOf(const Config &config)
{
    return config.turn ? config.turn->host : std::string();
}

Boson::Boson(Config &&config, BosonParts &&parts)
    : m_dataDir(config.dataDir),
      m_database(config.database.toString()),
      m_listen(config.listen),
      m_metricsListen(config.metrics),
      m_publicPort(config.publicPort),
      m_files(std::move(parts.files)),
      m_certificateEnds(parts.certificateEnds),
      m_certificateIsPublic(parts.certificateIsPublic),
      m_inForce(std::move(parts.inForce)),
      m_storage(std::move(parts.storage)),
      m_tls(std::move(*parts.tls)),
      m_stun(std::move(parts.stun)),
      m_hub(config.relayThreads),
      m_hubControl(m_hub),
      m_turnAddresses(turnHostOf(config), std::move(config.turnRelays)),
      m_links(m_epoll),
      m_cluster(std::move(parts.bus)),
      m_state(settingsOf(config), std::move(*parts.tokens), std::move(*parts.serverKey),
              std::move(*parts.clientGroups),
              TurnService(stunServersOf(config, m_stun.get()), std::move(config.turn)),
              Instance{parts.instance, parts.number, {}, 0}, *m_storage, m_hubControl, m_links,
              m_cluster),
      m_core(m_state, m_metrics),
      m_api(m_core, m_links, m_hub, [this] { gather(); }),
      m_http(m_epoll, m_tls, m_state.settings.limits, m_api),
      m_upkeep(m_core, m_links),
      m_lag(m_metrics),
      m_admin(AdminScene{
          *m_storage, &m_state,
          [this](std::function<void()> then) { m_upkeep.takeUpAdministration(std::move(then)); },
          [this] { return describe(); }, [this] { return rotateTokenKey(); }}),
      m_page(
          m_core,
          [this](std::string_view verb, const protocol::Json &params, AdminReply reply) {
              m_admin.perform(verb, params, std::move(reply));
          },
          [this] {
              const relay::RelaySnapshot relayed = m_hub.counters();
              return std::pair(relayed.bytes[static_cast<std::size_t>(relay::Role::Client)],
                               relayed.bytes[static_cast<std::size_t>(relay::Role::Node)]);
          })
{
    m_page.setToken(std::move(config.adminToken));
    m_api.setPage({[this] { return m_page.isOn(); },
                   [this](const ExchangePtr &exchange) { m_page.serve(exchange); }});
    m_state.formerTokensUntil = parts.formerTokensUntil;
    m_http.setFronts(std::move(config.fronts));
    if (m_state.settings.severalServers)
        m_hubControl.setSlack(m_state.settings.sessionLife);
    m_cluster.attach(m_state, m_links, m_hubControl);
    connectRelay();
    connectSignalling();
    m_hub.setTurnAddresses(m_turnAddresses.known());
    connect(&m_turnAddresses, &TurnAddresses::changed, this,
            [this] { m_hub.setTurnAddresses(m_turnAddresses.known()); });
    connect(&m_http, &HttpServer::drained, this, &Boson::partStopped);
    connect(&m_hub, &relay::RelayHub::drained, this, &Boson::partStopped);
    connect(&m_links, &SignalLinks::drained, this, &Boson::partStopped);
    connect(&m_upkeep, &Upkeep::flushed, this, &Boson::stopped);
    connect(&m_upkeep, &Upkeep::stateWanted, this, &Boson::takeUpLater);
}

Boson::~Boson() = default;

Result<void> Boson::takeUp()
{
    const Result<StoredState> stored = await(*m_storage, &Storage::load, wallNow());
    if (stored)
        restore(*stored);
    else
        return unexpected(stored.error());
    return {};
}

void Boson::takeUpLater()
{
    m_storage->load(wallNow(), {this, [this](const Result<StoredState> &stored) {
                                    if (!stored || m_state.takenUp)
                                        return;
                                    restore(*stored);
                                    m_upkeep.takenUp(m_adminRevision);
                                }});
}

void Boson::restore(const StoredState &stored)
{
    const Clocks now = clocksNow();
    m_state.nodes.restore(now, stored.nodes);
    for (const NodeOrder &order : stored.orders)
        m_state.nodes.order(order);
    m_state.accessKeys.take(stored.accessKeys);
    m_state.sessions.restore(now, m_state.settings.sessionLife, withKeyedGroups(stored));
    m_state.bans.take(now, stored.bans);
    m_adminRevision = stored.adminRevision;
    log::info("server", "state taken up",
              {{"nodes", stored.nodes.size()}, {"sessions", stored.sessions.size()}});
}

// Of an earlier version, from whose plain digests addresses could be told.
std::vector<SessionRecord> Boson::withKeyedGroups(const StoredState &stored)
{
    std::unordered_set<std::string> ofKeys;
    for (const AccessKeyRecord &key : stored.accessKeys)
        ofKeys.insert(clientGroupOfKey(key.name));
    std::vector<SessionRecord> sessions = stored.sessions;
    std::vector<std::pair<SessionId, std::string>> changed;
    for (SessionRecord &session : sessions) {
        if (ClientGroups::isKeyed(session.clientGroup) ||
            ofKeys.contains(std::string(keyPartOf(session.clientGroup))))
            continue;
        session.clientGroup = m_state.clientGroups.of(session.client, IpAddress());
        changed.emplace_back(session.id, session.clientGroup);
    }
    if (!changed.empty())
        m_storage->regroupSessions(changed);
    return sessions;
}

Result<void> Boson::listenForCommands()
{
    const Result<void> listening = m_admin.listen(m_dataDir);
    if (listening || listening.error().code == ErrorCode::AlreadyExists)
        return listening;
    // A filesystem without sockets: commands work on the database, and the server hears of it.
    log::warning("admin", "no admin socket", {{"detail", listening.error().detail}});
    return {};
}

Result<void> Boson::start()
{
    // Before anything is changed: two servers on one directory would part its sessions.
    if (const auto listening = listenForCommands(); !listening)
        return listening;
    // The port first: nobody is served before this returns, and a full port is the likelier fault.
    if (const auto bound = m_http.listen(m_listen); !bound)
        return bound;
    if (const auto taken = takeUp(); !taken) {
        if (taken.error().code != ErrorCode::Unavailable)
            return taken;
        log::error("storage", "not there: answering 503 until it is",
                   {{"detail", taken.error().detail}});
        m_state.takenUp = false;
        m_state.storageUp = false;
    }
    const std::uint16_t port = m_publicPort != 0 ? m_publicPort : m_http.localEndpoint().port;
    m_state.settings.publicPort = port;
    Instance own = m_state.instances.own();
    own.host = m_state.settings.publicHost;
    own.port = port;
    m_state.instances.setOwn(std::move(own));
    if (m_metricsListen) {
        m_metricsListener = std::make_unique<PlainListener>([this](const HttpRequest &request) {
            HttpResponse notFound;
            notFound.status = 404;
            return request.path == "/metrics" ? m_api.metricsText() : notFound;
        });
        if (const auto bound = m_metricsListener->listen(*m_metricsListen); !bound)
            return bound;
        log::info("server", "metrics",
                  {{"address", m_metricsListener->localEndpoint().toString()}});
    }
    m_upkeep.start(m_adminRevision);
    m_cluster.start();
    return {};
}

void Boson::connectRelay()
{
    connect(
        &m_hub, &relay::RelayHub::legOpened, this,
        [this](const SessionId &session, relay::Role role) { legChanged(session, role, true); });
    connect(
        &m_hub, &relay::RelayHub::legClosed, this,
        [this](const SessionId &session, relay::Role role) { legChanged(session, role, false); });
    connect(&m_hub, &relay::RelayHub::answered, this, [this](const SessionId &session) {
        m_state.sessions.setAnswered(session);
        m_cluster.legsChanged(session);
    });
    connect(&m_hub, &relay::RelayHub::sessionEnded, this,
            [this](const SessionId &session, relay::SessionEnd cause) {
                const Session *known = m_state.sessions.find(session);
                if (known != nullptr && !m_state.instances.isOwn(known->record.instance))
                    return; // it goes on where it was moved to
                log::ofPeer(log::Level::Info, "relay", "session ended",
                            known != nullptr ? known->from : IpAddress(),
                            {{"session", session.text()}, {"cause", nameOf(cause)}});
                m_state.life.endedByRelay(session, cause == relay::SessionEnd::Expired
                                                       ? SessionLife::By::Expiry
                                                       : SessionLife::By::Rule);
            });
    connect(&m_hub, &relay::RelayHub::candidatesForNode, this,
            [this](const SessionId &session, const std::string &text) {
                // A node was not told of a client that gave no key.
                const Session *known = m_state.sessions.find(session);
                if (known == nullptr || !known->record.clientKey)
                    return;
                if (m_links.isOpen(known->record.node))
                    m_links.sendCandidates(known->record.node, session, text);
                else // whoever has its link
                    m_cluster.passCandidates(CandidatesPassed::To::Node, session, text);
            });
}

void Boson::legChanged(const SessionId &session, relay::Role role, bool open)
{
    if (role == relay::Role::Client)
        m_state.sessions.setClientOpen(bootNow(), session, open);
    else
        m_state.sessions.setNodeOpen(session, open);
    m_cluster.legsChanged(session);
    if (open)
        return;
    // A server that has not heard of a move may have called it away: it is told where it belongs.
    const Session *known = m_state.sessions.find(session);
    if (role == relay::Role::Node && known != nullptr && !m_cluster.isAlone())
        m_state.life.announce(*known);
    m_http.handedOnEnded();
}

protocol::Json Boson::describe() const
{
    const relay::RelaySnapshot relayed = m_hub.counters();
    std::uint64_t bytes = 0;
    for (const std::uint64_t each : relayed.bytes)
        bytes += each;
    std::uint64_t dropped = 0;
    for (const std::uint64_t each : relayed.dropped)
        dropped += each;
    protocol::Json servers = protocol::Json::array();
    for (const Instance &each : m_state.instances.live())
        servers.push_back({{"number", each.number}, {"host", each.host}, {"port", each.port}});
    protocol::Json cluster{{"servers", std::move(servers)}};
    if (!m_cluster.isAlone())
        cluster["busUp"] = m_cluster.isUp();
    return {{"listening", m_http.localEndpoint().toString()},
            {"database", m_database},
            {"stun", m_stun != nullptr},
            {"turn", m_state.turn.hasTurn()},
            {"relay",
             {{"connections", relayed.connections},
              {"bytes", bytes},
              {"clientToNode", relayed.bytes[static_cast<std::size_t>(relay::Role::Client)]},
              {"nodeToClient", relayed.bytes[static_cast<std::size_t>(relay::Role::Node)]},
              {"dropped", dropped}}},
            {"cluster", std::move(cluster)},
            {"certificate",
             {{"sha256", toHex(m_tls.fingerprint())},
              {"notAfter", m_certificateEnds.ms},
              {"public", m_certificateIsPublic}}}};
}

Result<void> Boson::rotateTokenKey()
{
    if (m_state.settings.severalServers)
        return unexpected(ErrorCode::InvalidArgument,
                          "several servers share this key by their database, and would not know "
                          "the new one");
    // From the file: who holds a secret gives it to nobody.
    const Result<Secret<32>> present = loadTokenKey(m_dataDir);
    if (!present)
        return unexpected(present.error());
    Secret<32> fresh;
    fillRandom(fresh.mutableBytes());
    const Clocks now = clocksNow();
    if (const auto kept = replaceTokenKey(m_dataDir, *present, fresh, now.wall); !kept)
        return kept;
    m_state.nodeTokens.rotate(std::move(fresh));
    m_state.formerTokensUntil = now.boot + FormerTokenKey::GoodFor;
    log::warning("server", "the key of nodes' tokens was replaced");
    return {};
}

} // namespace higgs::server
