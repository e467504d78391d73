// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/registration.h"

#include "shared/base/log.h"
#include "shared/crypto/proof.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace higgs::node {

namespace {

constexpr Milliseconds MetricsInterval{60'000}; // specification 1.4
constexpr Milliseconds RefusedRetry{60'000};
constexpr Milliseconds LongestRetryAfter{3'600'000}; // an owner would call more than that dead
constexpr Seconds ShortestHeartbeat{1};
constexpr Seconds LongestHeartbeat{300}; // as a registration may ask for
/// Which servers there are changes now and then.
constexpr Milliseconds LookAgain{3'600'000};
constexpr int Unauthorized = 401;
constexpr int NotFoundStatus = 404;
constexpr int Conflict = 409;
constexpr std::string_view InvalidProof = "invalid_proof";

NodeProblem problemOf(const ApiFailure &failure)
{
    if (failure.error.code == ErrorCode::Untrusted)
        return NodeProblem::ServerUntrusted;
    if (failure.error.code == ErrorCode::NotValidNow)
        return NodeProblem::CertificateDates;
    if (failure.code == "already_registered" || failure.code == "key_already_registered")
        return NodeProblem::AlreadyRegistered;
    if (failure.httpStatus == Unauthorized && failure.code != InvalidProof)
        return NodeProblem::AccessDenied;
    if (failure.httpStatus >= 400 && failure.httpStatus < 500 && failure.httpStatus != 429)
        return NodeProblem::ServerRefused;
    return NodeProblem::ServerUnreachable;
}

} // namespace

Registration::Registration(ApiClient &api, const NodeConfig &config, const Identity &identity,
                           std::function<NodeFigures()> figures, QObject *parent)
    : QObject(parent),
      m_api(api),
      m_config(config),
      m_identity(identity),
      m_figures(std::move(figures)),
      m_systemMetrics(config.dataDir)
{
    m_retryTimer.setSingleShot(true);
    m_renewTimer.setSingleShot(true);
    m_refreshTimer.setSingleShot(true);
    m_lookTimer.setSingleShot(true);
    connect(&m_lookTimer, &QTimer::timeout, this, &Registration::serverMoved);
    m_heartbeatTimer.setSingleShot(true);
    // A coarse timer may come a twentieth too early, and so before the server is to be asked again.
    for (QTimer *timer : {&m_retryTimer, &m_heartbeatTimer, &m_metricsTimer})
        timer->setTimerType(Qt::PreciseTimer);
    connect(&m_retryTimer, &QTimer::timeout, this, [this] {
        if (m_server)
            registerNode();
        else
            askServerInfo();
    });
    connect(&m_renewTimer, &QTimer::timeout, this, &Registration::registerNode);
    connect(&m_refreshTimer, &QTimer::timeout, this, &Registration::refresh);
    connect(&m_heartbeatTimer, &QTimer::timeout, this, [this] {
        // An approval is told by nothing but the answer to a registration.
        if (m_pending)
            registerNode();
        else
            sendHeartbeat();
    });
    connect(&m_metricsTimer, &QTimer::timeout, this, &Registration::sendMetrics);
}

void Registration::start()
{
    m_running = true;
    m_held = false;
    m_pending = m_troubled = m_tokenTaken = m_registering = m_again = false;
    ++m_generation;
    m_server.reset();
    m_backoff.reset();
    askServerInfo();
}

void Registration::stop()
{
    if (m_registered) {
        protocol::HeartbeatRequest goodbye;
        goodbye.status = protocol::NodeStatus::Offline;
        m_api.heartbeat(m_identity.id, goodbye, m_token,
                        {this, [this](const auto &) { Q_EMIT left(); }});
    } else {
        QMetaObject::invokeMethod(this, &Registration::left, Qt::QueuedConnection);
    }
    m_running = false;
    m_registered = false;
    ++m_generation;
    for (QTimer *timer : {&m_retryTimer, &m_heartbeatTimer, &m_metricsTimer, &m_renewTimer,
                          &m_refreshTimer, &m_lookTimer})
        timer->stop();
}

void Registration::serverMoved()
{
    if (!m_registered)
        return;
    const Monotonic now = monotonicNow();
    if (!m_looks.take(now)) {
        if (!m_lookTimer.isActive() || m_lookTimer.remainingTimeAsDuration() > LookInterval)
            m_lookTimer.start(m_looks.wait(now));
        return;
    }
    m_lookTimer.start(LookAgain);
    m_api.serverInfo(
        {this, [this, generation = m_generation](const ApiResult<protocol::ServerInfo> &answer) {
             if (!answer || generation != m_generation)
                 return;
             m_server = *answer;
             m_serverClock.told(answer->time, bootNow());
             Q_EMIT serverKnown(*m_server);
         }});
}

void Registration::refresh()
{
    if (!m_running || !m_server || m_held)
        return;
    const Monotonic now = monotonicNow();
    if (m_refreshes.take(now))
        registerNode();
    else if (!m_refreshTimer.isActive())
        m_refreshTimer.start(m_refreshes.wait(now));
}

void Registration::beat()
{
    if (m_registered && !m_pending)
        sendHeartbeat();
}

void Registration::askServerInfo()
{
    m_api.serverInfo(
        {this, [this, generation = m_generation](const ApiResult<protocol::ServerInfo> &answer) {
             if (generation != m_generation)
                 return;
             if (!answer) {
                 retryLater(problemOf(answer.failure()), answer.failure());
                 return;
             }
             m_server = *answer;
             m_serverClock.told(answer->time, bootNow());
             m_lastProof = std::min(m_lastProof, serverNow()); // its clock may have been put right
             Q_EMIT serverKnown(*m_server);
             // The receiver may have stopped us: an exit that cannot be built is not registered.
             if (generation == m_generation && !m_held)
                 registerNode();
         }});
}

void Registration::proceed()
{
    m_held = false;
    if (m_running && m_server && !m_registered)
        registerNode();
}

/// By the server's clock, which is what it holds proofs and reports against: that of a home PC may
/// be hours wrong.
WallTime Registration::serverNow() const
{
    return m_serverClock.now(clocksNow());
}

Result<protocol::RegisterRequest> Registration::request()
{
    const NodeFigures figures = m_figures();
    protocol::RegisterRequest request;
    request.nodeId = m_identity.id;
    const PublicKey ownKey = m_identity.key.publicKey();
    const Result<protocol::KeyText> keyText = protocol::KeyText::parse(ownKey.toBase64());
    if (!keyText)
        return unexpected(keyText.error());
    request.publicKey = *keyText;
    request.networkInfo = figures.network;
    request.capabilities = figures.capabilities;
    const auto country = protocol::CountryCode::parse(m_config.country);
    if (!country)
        return unexpected(ErrorCode::InvalidArgument, "not a country: " + m_config.country);
    request.location.country = *country;
    if (!m_config.region.empty())
        request.location.region = m_config.region;
    request.metrics = lineAndMachine(figures);

    const Result<PublicKey> serverKey = PublicKey::parse(m_server->publicKey.text());
    if (!serverKey)
        return unexpected(serverKey.error());
    // Each proof must be later than the one before.
    m_lastProof = std::max(serverNow(), m_lastProof + Milliseconds(1));
    const auto mac =
        registrationMac(m_identity.key, *serverKey, m_identity.id, ownKey, m_lastProof);
    if (!mac)
        return unexpected(mac.error());
    request.proof = protocol::RegistrationProof{m_lastProof, *mac};
    return request;
}

void Registration::registerNode()
{
    if (m_registering) {
        m_again = true; // once for all who ask meanwhile
        return;
    }
    const Result<protocol::RegisterRequest> message = request();
    if (!message) {
        Q_EMIT failed(NodeProblem::ServerRefused, message.error().detail);
        return;
    }
    m_registering = true;
    m_again = false;
    m_api.registerNode(*message, m_config.accessKey, m_token,
                       {this, [this, generation = m_generation, sent = monotonicNow()](
                                  const ApiResult<protocol::RegisterResponse> &answer) {
                            if (generation != m_generation)
                                return;
                            m_registering = false;
                            if (answer && !m_latencyMs)
                                measured(sent);
                            registrationAnswered(answer);
                            if (answer && m_again && generation == m_generation)
                                registerNode();
                        }});
}

void Registration::registrationAnswered(const ApiResult<protocol::RegisterResponse> &answer)
{
    if (!answer) {
        const ApiFailure &failure = answer.failure();
        // If it was the token that was wrong, the proof alone must do next time.
        if (failure.httpStatus == Unauthorized || failure.httpStatus == Conflict)
            m_token = SecretText();
        if (failure.code == InvalidProof)
            m_server.reset(); // another key, or another clock, than it told
        retryLater(problemOf(failure), failure);
        return;
    }
    m_registered = true;
    m_token = std::move(answer->sessionToken);
    ++m_tokenNumber;
    m_tokenTaken = m_troubled = false;
    m_renewTimer.start(renewalWait(m_serverClock.left(answer->expiresAt, clocksNow())));
    m_pending = answer->status == protocol::RegistrationStatus::Pending;
    Q_EMIT registered(m_pending);
    if (!m_heartbeatTimer.isActive())
        sendHeartbeat();
    if (!m_metricsTimer.isActive())
        m_metricsTimer.start(MetricsInterval);
}

protocol::Metrics Registration::lineAndMachine(const NodeFigures &figures)
{
    const SystemSample system = m_systemMetrics.sample(monotonicNow());
    protocol::Metrics metrics;
    if (const std::optional<LineFigures> line = lineFigures(figures)) {
        metrics.latency = line->latencyMs;
        metrics.jitter = line->jitterMs;
        metrics.packetLoss = line->lossPercent;
    }
    metrics.cpuUsage = system.cpuUsage;
    metrics.memoryUsage = system.memoryUsage;
    return metrics;
}

protocol::Metrics Registration::heartbeatMetrics()
{
    const NodeFigures figures = m_figures();
    const Monotonic now = monotonicNow();
    if (m_lastSample && now > *m_lastSample) {
        const double seconds = std::chrono::duration<double>(now - *m_lastSample).count();
        const auto mbps = [&](std::uint64_t bytes, std::uint64_t before) {
            return bytes < before ? 0.0 : static_cast<double>(bytes - before) * 8e-6 / seconds;
        };
        // As with the capabilities: "up" is what goes from this home to the Internet.
        m_use.up = mbps(figures.rxBytes, m_lastRxBytes);
        m_use.down = mbps(figures.txBytes, m_lastTxBytes);
    }
    m_lastSample = now;
    m_lastRxBytes = figures.rxBytes;
    m_lastTxBytes = figures.txBytes;

    protocol::Metrics metrics = lineAndMachine(figures);
    metrics.activeConnections = figures.guests;
    metrics.bandwidth = m_use;
    return metrics;
}

/// One request and one answer on a kept connection: the round trip to the server.
void Registration::measured(Monotonic sent)
{
    const double ms = std::chrono::duration<double, std::milli>(monotonicNow() - sent).count();
    if (m_latencyMs) // RFC 3550 section 6.4.1: a sixteenth of the difference
        m_jitterMs += (std::abs(ms - *m_latencyMs) - m_jitterMs) / 16;
    m_latencyMs = ms;
}

/// Of probes over UDP where there are some, else of the heartbeats.
std::optional<LineFigures> Registration::lineFigures(const NodeFigures &figures) const
{
    if (figures.line)
        return figures.line;
    if (!m_latencyMs)
        return std::nullopt;
    const unsigned sent = std::max(m_heartbeatsSent, 1U);
    return LineFigures{*m_latencyMs, m_jitterMs, 100.0 * m_heartbeatsLost / sent};
}

void Registration::sendHeartbeat()
{
    if (m_token.empty())
        return; // a new one is on its way, and begins with a heartbeat
    protocol::HeartbeatRequest message;
    message.metrics = heartbeatMetrics();
    message.status =
        m_figures().accepting ? protocol::NodeStatus::Online : protocol::NodeStatus::Degraded;
    ++m_heartbeatsSent;
    m_api.heartbeat(
        m_identity.id, message, m_token,
        {this, [this, generation = m_generation, token = m_tokenNumber,
                sent = monotonicNow()](const ApiResult<protocol::HeartbeatResponse> &answer) {
             if (generation != m_generation)
                 return;
             if (answer)
                 measured(sent);
             heartbeatAnswered(answer, token);
         }});
}

void Registration::heartbeatAnswered(const ApiResult<protocol::HeartbeatResponse> &answer,
                                     std::uint64_t token)
{
    if (answer) {
        m_backoff.reset();
        m_tokenTaken = token == m_tokenNumber;
        m_heartbeatInterval =
            std::clamp(answer->nextHeartbeat, ShortestHeartbeat, LongestHeartbeat);
        m_heartbeatTimer.start(m_heartbeatInterval);
        if (std::exchange(m_troubled, false))
            Q_EMIT registered(m_pending);
        for (protocol::NodeAction &action : answer->actions)
            Q_EMIT actionReceived(std::make_shared<protocol::NodeAction>(std::move(action)));
        return;
    }
    ++m_heartbeatsLost;
    const ApiFailure &failure = answer.failure();
    if (failure.httpStatus == Unauthorized || failure.httpStatus == NotFoundStatus) {
        if (token == m_tokenNumber)
            tokenRefused(failure);
        return;
    }
    m_troubled = true;
    Q_EMIT failed(problemOf(failure), failure.error.detail);
    m_heartbeatTimer.start(waitAfter(failure));
}

void Registration::tokenRefused(const ApiFailure &failure)
{
    if (!m_registered || m_token.empty())
        return;
    log::info("node", "registering again", {{"status", failure.httpStatus}});
    m_token = SecretText();
    ++m_tokenNumber;
    m_heartbeatTimer.stop();
    if (std::exchange(m_tokenTaken, false)) {
        registerNode();
        return;
    }
    // Refused before it was ever taken: to register at once would be to do so without end.
    m_troubled = true;
    Q_EMIT failed(NodeProblem::ServerRefused, failure.error.detail);
    m_retryTimer.start(waitAfter(failure));
}

/// Longer from failure to failure, and never less than the server asks for.
Milliseconds Registration::waitAfter(const ApiFailure &failure)
{
    const Milliseconds wait = m_backoff.next(randomUnit());
    if (!failure.retryAfter)
        return wait;
    return std::max(wait, std::min<Milliseconds>(*failure.retryAfter, LongestRetryAfter));
}

void Registration::sendMetrics()
{
    if (m_token.empty())
        return;
    const NodeFigures figures = m_figures();
    const SystemSample system = m_systemMetrics.sample(monotonicNow());
    protocol::MetricsReport report;
    report.nodeId = m_identity.id;
    report.timestamp = serverNow();
    protocol::NetworkMetrics network;
    if (const std::optional<LineFigures> line = lineFigures(figures)) {
        network.latency = line->latencyMs;
        network.jitter = line->jitterMs;
        network.packetLoss = line->lossPercent;
    }
    network.bandwidth = m_use;
    report.network = network;
    report.system = protocol::SystemMetrics{system.cpuUsage, system.memoryUsage, system.diskUsage,
                                            system.loadAverage};
    const WireguardCounters &wireguard = figures.wireguard;
    report.wireguard = protocol::WireguardMetrics{
        protocol::PacketCounts{wireguard.txPackets, wireguard.rxPackets, wireguard.errors},
        protocol::ByteCounts{wireguard.txBytes, wireguard.rxBytes}};
    report.connections =
        protocol::ConnectionMetrics{figures.guests, figures.guestsTotal, figures.guestsFailed};
    m_api.reportMetrics(
        report, m_token,
        {this, [this, generation = m_generation, token = m_tokenNumber](const ApiDone &answer) {
             if (answer)
                 return;
             const ApiFailure &failure = answer.failure();
             log::warning("node", "metrics not taken", {{"error", failure.error.detail}});
             if (failure.httpStatus == Unauthorized && generation == m_generation &&
                 token == m_tokenNumber)
                 tokenRefused(failure);
         }});
}

void Registration::retryLater(NodeProblem problem, const ApiFailure &failure)
{
    log::warning("node", "not registered",
                 {{"problem", toString(problem)}, {"error", failure.error.detail}});
    m_troubled = true;
    const bool passing = problem == NodeProblem::ServerUnreachable ||
                         problem == NodeProblem::CertificateDates || // the clock may be set
                         failure.code == InvalidProof;
    const Milliseconds wait = waitAfter(failure);
    m_retryTimer.start(passing ? wait : std::max(wait, RefusedRetry));
    Q_EMIT failed(problem, failure.error.detail);
}

} // namespace higgs::node
