// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/session_opening.h"

#include "server/services/candidates.h"
#include "server/services/digests.h"
#include "server/services/timely.h"
#include "shared/crypto/keys.h"
#include "shared/crypto/sha256.h"

#include <algorithm>

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;
constexpr std::string_view ClosedReason = "Session closed";
constexpr int CostDirect = 1;
constexpr int CostRelay = 2;
// Numbers are given in turn, so that a taken one stands alone or in a short row.
constexpr int MostAddressesTried = 16;

OpeningFailure failureOf(RoutingFailure failure)
{
    switch (failure) {
    case RoutingFailure::UnknownNode:
        return OpeningFailure::UnknownNode;
    case RoutingFailure::NodeOffline:
        return OpeningFailure::NodeOffline;
    case RoutingFailure::NodeFull:
        return OpeningFailure::NodeFull;
    case RoutingFailure::NoMatchingNode:
        return OpeningFailure::NoMatchingNode;
    case RoutingFailure::NoNodeOnline:
        break;
    }
    return OpeningFailure::NoNodeOnline;
}

/// Of what the storage said.
OpeningFailure failureOf(ErrorCode why)
{
    switch (why) {
    case ErrorCode::AlreadyExists:
    case ErrorCode::TooLarge:
        return OpeningFailure::NodeFull;
    case ErrorCode::RateLimited:
        return OpeningFailure::AllInUse;
    case ErrorCode::Forbidden:
        return OpeningFailure::KeyInUse;
    default:
        return OpeningFailure::StorageAway;
    }
}

RouteId freshRouteId()
{
    return *RouteId::parse(randomUuid());
}

SessionId freshSessionId()
{
    return *SessionId::parse(randomUuid());
}

} // namespace

/// A session between its decision and the storage's answer.
struct SessionOpening::Opening
{
    OpenedSession session;
    std::vector<SessionId> giveWay;
    std::string keyName;
    std::size_t keyQuota = 0; ///< 0: no key was shown
    Answer answer;
    int addressesTried = 1;
};

void SessionOpening::open(const SessionWish &wish, Answer answer)
{
    const Limits &limits = m_parts.settings.limits;
    const PlaceSeeker seeker{bootNow(), wish.from, limits.waitingIsSafe, limits.unansweredIsSafe};
    const auto chosen = choose(wish, seeker);
    if (const auto *failure = std::get_if<RoutingFailure>(&chosen))
        return answer(OpeningRefused{failureOf(*failure)});
    const auto &choice = std::get<Choice>(chosen);
    auto room = makeRoom(wish, choice, seeker);
    if (const auto *failure = std::get_if<OpeningFailure>(&room))
        return answer(OpeningRefused{*failure});
    place(wish, choice, std::move(std::get<std::vector<SessionId>>(room)), std::move(answer));
}

std::variant<SessionOpening::Choice, RoutingFailure>
SessionOpening::choose(const SessionWish &wish, const PlaceSeeker &seeker)
{
    const protocol::RoutingRequest &request = wish.request;
    const RoutingMoment now{seeker, randomUnit, wish.clientLeg};
    if (!request.requirements.via) {
        auto routes = m_parts.routing.choose(now, request);
        if (const auto *failure = std::get_if<RoutingFailure>(&routes))
            return *failure;
        return Choice{std::move(std::get<0>(routes)), {}};
    }
    auto cascade = m_parts.routing.chooseCascade(now, request);
    if (const auto *failure = std::get_if<RoutingFailure>(&cascade))
        return *failure;
    auto &found = std::get<CascadeChoice>(cascade);
    return Choice{std::move(found.exits), found.entry};
}

std::variant<std::vector<SessionId>, OpeningFailure>
SessionOpening::makeRoom(const SessionWish &wish, const Choice &choice, const PlaceSeeker &seeker)
{
    const Limits &limits = m_parts.settings.limits;
    const std::size_t count = choice.isCascade() ? 2 : 1;
    SessionAdmission admission =
        m_parts.sessions.admit(wish.group, limits.sessionsPerClient, count);
    if (!admission.admitted)
        return OpeningFailure::AllInUse;
    if (!makeRoomOfKey(wish, count, seeker.now, admission.giveWay))
        return OpeningFailure::KeyInUse;
    if (m_parts.sessions.size() + count > limits.sessions)
        return OpeningFailure::ServerFull;
    if (const auto failure = makeRoomInNetwork(seeker))
        return *failure;
    makePlaceOn(choice.routes.front().node, seeker);
    if (choice.isCascade())
        makePlaceOn(choice.entry, seeker);
    return std::move(admission.giveWay);
}

// What somebody of the key left behind gives way to the next; whoever is away for a moment comes
// back.
bool SessionOpening::makeRoomOfKey(const SessionWish &wish, std::size_t count, BootTime now,
                                   std::vector<SessionId> &giveWay) const
{
    if (!wish.keyQuota)
        return true;
    const SessionAdmission ofKey =
        m_parts.sessions.admitOfKey(keyPartOf(wish.group), *wish.keyQuota, count,
                                    now - m_parts.settings.limits.sessionAbandoned, giveWay);
    giveWay.insert(giveWay.end(), ofKey.giveWay.begin(), ofKey.giveWay.end());
    return ofKey.admitted;
}

// Neighbours who ask without coming, or hold what they do not use, keep nobody of their network
// out.
std::optional<OpeningFailure> SessionOpening::makeRoomInNetwork(const PlaceSeeker &seeker)
{
    const Limits &limits = m_parts.settings.limits;
    SessionTable &sessions = m_parts.sessions;
    if (const auto full = sessions.fullOfWaiting(seeker.from, limits.waitingSessions)) {
        const auto longest = sessions.longestWaitingIn(*full, seeker.now - limits.waitingIsSafe);
        if (!longest)
            return OpeningFailure::WaitingToJoin;
        m_parts.life.end(*longest, CloseNormalCode, ClosedReason, SessionLife::By::Rule);
    }
    if (const auto full = sessions.fullOfSessions(seeker.from, limits.sessionCaps())) {
        auto unused = sessions.abandonedIn(*full, seeker.now - limits.sessionAbandoned);
        if (!unused)
            unused = sessions.unansweredIn(*full, seeker.now - limits.unansweredIsSafe);
        if (!unused)
            return OpeningFailure::TooManyOpen;
        m_parts.life.end(*unused, CloseNormalCode, ClosedReason, SessionLife::By::Rule);
    }
    return std::nullopt;
}

void SessionOpening::makePlaceOn(const NodeId &node, const PlaceSeeker &seeker)
{
    SessionTable &sessions = m_parts.sessions;
    if (sessions.countOf(node) < m_parts.nodes.find(node)->record.maxConnections)
        return;
    const auto gives = sessions.givesWayOn(node, seeker);
    const Session *session = gives ? sessions.find(*gives) : nullptr;
    if (session != nullptr && session->clientJoined)
        m_parts.life.end(*gives, CloseNormalCode, "Place given to another network",
                         SessionLife::By::Rule);
    else if (session != nullptr)
        m_parts.life.end(*gives, CloseNormalCode, ClosedReason, SessionLife::By::Rule);
}

protocol::Route SessionOpening::routeOf(const SessionWish &wish, const NodeId &entry,
                                        const ScoredRoute &scored)
{
    const auto digest = sha256(asBytes(wish.group + '|' + entry.text() + '|' + scored.node.text() +
                                       '|' + std::string(protocol::toString(scored.type))));
    RouteKey key{};
    std::copy_n(digest.begin(), key.size(), key.begin());
    protocol::Route route;
    route.id = m_parts.routeCache.routeId(monotonicNow(), key, freshRouteId());
    route.type = scored.type;
    route.path = entry.isNull() ? std::vector{scored.node} : std::vector{entry, scored.node};
    route.estimatedLatency = scored.expected.latency;
    route.estimatedBandwidth = scored.expected.bandwidth;
    route.cost = scored.type == protocol::RouteType::Direct ? CostDirect : CostRelay;
    route.priority = priorityOf(scored.score);
    return route;
}

void SessionOpening::place(const SessionWish &wish, const Choice &choice,
                           std::vector<SessionId> giveWay, Answer answer)
{
    const auto opening = std::make_shared<Opening>();
    opening->giveWay = std::move(giveWay);
    opening->keyName = wish.keyName;
    opening->keyQuota = wish.keyQuota.value_or(0);
    opening->answer = std::move(answer);
    for (const ScoredRoute &route : choice.routes)
        opening->session.routes.push_back(routeOf(wish, choice.entry, route));
    std::string token = randomUuid();

    const Clocks now = clocksNow();
    SessionRecord record;
    record.id = freshSessionId();
    record.client = wish.request.clientId;
    record.clientGroup = wish.group;
    record.route = opening->session.routes.front().id;
    record.routeType = opening->session.routes.front().type;
    record.tokenDigest = digestOf(token);
    record.createdAt = now.wall;
    record.expiresAt = now.wall + m_parts.settings.sessionLife;
    record.instance = m_parts.instances.own().id;
    opening->session.token = SecretText(std::move(token));
    auto records = keep(std::move(record), wish, choice);
    if (!records)
        return opening->answer(OpeningRefused{OpeningFailure::NodeFull});
    opening->session.told = records->front().id;
    opening->session.exit = records->back().id;
    writeDown(opening, std::move(*records));
}

void SessionOpening::writeDown(const std::shared_ptr<Opening> &opening,
                               std::vector<SessionRecord> records)
{
    SessionClaim claim{std::move(records), opening->giveWay};
    if (m_parts.settings.severalServers) {
        claim.perClient = m_parts.settings.limits.sessionsPerClient;
        claim.perKey = opening->keyQuota;
    }
    if (m_parts.settings.journalDays > 0)
        claim.journalKey = opening->keyName;
    m_parts.storage.claimSessions(
        claim,
        withinTime(&m_context, m_parts.settings.limits.storageAnswer,
                   [this, opening](const Result<void> &stored) { written(opening, stored); }));
}

bool SessionOpening::tryOtherAddresses(const std::shared_ptr<Opening> &opening)
{
    if (++opening->addressesTried > MostAddressesTried)
        return false;
    std::vector<SessionRecord> records;
    const OpenedSession &opened = opening->session;
    for (const SessionId &id : {opened.told, opened.exit}) {
        if (id == opened.told && !records.empty())
            break; // without a cascade it is one
        const auto session = m_parts.sessions.readdress(id);
        if (!session)
            return false;
        records.push_back((*session)->record);
    }
    writeDown(opening, std::move(records));
    return true;
}

Result<std::vector<SessionRecord>>
SessionOpening::keep(SessionRecord record, const SessionWish &wish, const Choice &choice)
{
    SessionTable &sessions = m_parts.sessions;
    const protocol::RoutingRequest &request = wish.request;
    const Clocks now = clocksNow();
    if (!choice.isCascade()) {
        record.node = choice.routes.front().node;
        record.clientKey = request.clientPublicKey;
        if (request.clientNetworkInfo) {
            record.clientNatType = request.clientNetworkInfo->natType;
            record.clientMapped =
                tellableMapped(request.clientNetworkInfo->stunMappedAddress, wish.from);
        }
        const auto session = sessions.add(now, std::move(record), wish.from);
        if (!session)
            return unexpected(session.error());
        return std::vector{(*session)->record};
    }
    // The entry is told nothing of what is inside, the exit nothing of where it came from.
    std::string token = randomUuid();
    SessionRecord onward = record;
    onward.id = freshSessionId();
    onward.node = choice.routes.front().node;
    onward.tokenDigest = digestOf(token);
    onward.clientKey = request.clientPublicKey;
    record.node = choice.entry;
    const SessionId entered = record.id;
    const SessionId exits = onward.id;
    const auto second = sessions.add(now, std::move(onward), wish.from, entered);
    if (!second)
        return unexpected(second.error());
    const auto first =
        sessions.add(now, std::move(record), wish.from, exits, SecretText(std::move(token)));
    if (!first) {
        sessions.remove(exits);
        return unexpected(first.error());
    }
    return std::vector{(*first)->record, sessions.find(exits)->record};
}

void SessionOpening::written(const std::shared_ptr<Opening> &opening, const Result<void> &stored)
{
    const OpenedSession &opened = opening->session;
    if (!stored) {
        const ErrorCode why = stored.error().code;
        if (why == ErrorCode::AlreadyExists && tryOtherAddresses(opening))
            return;
        // Whatever the storage makes of it yet, it hears of the end afterwards.
        m_parts.life.end(opened.told, CloseNormalCode, ClosedReason, SessionLife::By::Rule,
                         SessionEnd::Error);
        return opening->answer(OpeningRefused{failureOf(why), stored.error().detail});
    }
    m_parts.cluster.sessionChanged(opened.told);
    if (opened.isCascade())
        m_parts.cluster.sessionChanged(opened.exit);
    for (const SessionId &old : opening->giveWay)
        m_parts.life.end(old, CloseNormalCode, ClosedReason, SessionLife::By::Rule);
    const Session *exit = m_parts.sessions.find(opened.exit);
    if (exit == nullptr || m_parts.nodes.find(exit->record.node) == nullptr)
        return opening->answer(OpeningRefused{OpeningFailure::NodeOffline});
    // The node hears of the peer before the client can send its first packet.
    m_parts.life.announce(*exit);
    if (opened.isCascade())
        m_parts.life.announce(*m_parts.sessions.find(opened.told));
    opening->answer(std::move(opening->session));
}

} // namespace higgs::server
