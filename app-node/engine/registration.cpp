// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/registration.h"

#include "shared/base/log.h"
#include "shared/crypto/proof.h"

#include <algorithm>
#include <cmath>

namespace higgs::node {

namespace {

constexpr Milliseconds MetricsInterval{60'000}; // specification 1.4
/// The token lives 24 h; it is replaced well before.
constexpr double RenewAt = 0.8;
constexpr Milliseconds MinRenewWait{60'000};
constexpr Milliseconds RefusedRetry{60'000};
constexpr int Unauthorized = 401;
constexpr int NotFoundStatus = 404;

NodeProblem problemOf(const ApiFailure &failure)
{
    if (failure.error.code == ErrorCode::Untrusted)
        return NodeProblem::ServerUntrusted;
    if (failure.code == "already_registered" || failure.code == "key_already_registered")
        return NodeProblem::AlreadyRegistered;
    if (failure.httpStatus == Unauthorized)
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
    m_heartbeatTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, [this] {
        if (m_server)
            registerNode();
        else
            askServerInfo();
    });
    connect(&m_renewTimer, &QTimer::timeout, this, &Registration::registerNode);
    connect(&m_heartbeatTimer, &QTimer::timeout, this, &Registration::sendHeartbeat);
    connect(&m_metricsTimer, &QTimer::timeout, this, &Registration::sendMetrics);
}

void Registration::start()
{
    m_running = true;
    m_held = false;
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
        m_api.heartbeat(m_identity.id, goodbye, m_token).then(this, [this](const auto &) {
            Q_EMIT left();
        });
    } else {
        QMetaObject::invokeMethod(this, &Registration::left, Qt::QueuedConnection);
    }
    m_running = false;
    m_registered = false;
    ++m_generation;
    for (QTimer *timer : {&m_retryTimer, &m_heartbeatTimer, &m_metricsTimer, &m_renewTimer})
        timer->stop();
}

void Registration::refresh()
{
    if (m_running && m_server && !m_held)
        registerNode();
}

void Registration::askServerInfo()
{
    m_api.serverInfo().then(
        this, [this, generation = m_generation](const ApiResult<protocol::ServerInfo> &answer) {
            if (generation != m_generation)
                return;
            if (!answer) {
                retryLater(problemOf(answer.failure()), answer.failure());
                return;
            }
            m_server = *answer;
            Q_EMIT serverKnown(*m_server);
            // The receiver may have stopped us: an exit that cannot be built is not registered.
            if (generation == m_generation && !m_held)
                registerNode();
        });
}

void Registration::proceed()
{
    m_held = false;
    if (m_running && m_server && !m_registered)
        registerNode();
}

Result<protocol::RegisterRequest> Registration::request() const
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

    const Result<PublicKey> serverKey = PublicKey::parse(m_server->publicKey.text());
    if (!serverKey)
        return unexpected(serverKey.error());
    const WallTime now = wallNow();
    const auto mac = registrationMac(m_identity.key, *serverKey, m_identity.id, ownKey, now);
    if (!mac)
        return unexpected(mac.error());
    request.proof = protocol::RegistrationProof{now, *mac};
    return request;
}

void Registration::registerNode()
{
    const Result<protocol::RegisterRequest> message = request();
    if (!message) {
        Q_EMIT failed(NodeProblem::ServerRefused, message.error().detail);
        return;
    }
    m_api.registerNode(*message, m_config.accessKey, m_token)
        .then(this, [this, generation =
                               m_generation](const ApiResult<protocol::RegisterResponse> &answer) {
            if (generation == m_generation)
                registrationAnswered(answer);
        });
}

void Registration::registrationAnswered(const ApiResult<protocol::RegisterResponse> &answer)
{
    if (!answer) {
        m_token = SecretText(); // if it was the token, the proof alone must do next time
        retryLater(problemOf(answer.failure()), answer.failure());
        return;
    }
    m_backoff.reset();
    m_registered = true;
    m_token = std::move(answer->sessionToken);
    const Milliseconds life = answer->expiresAt - wallNow();
    const auto renew = static_cast<std::int64_t>(static_cast<double>(life.count()) * RenewAt);
    m_renewTimer.start(std::max(Milliseconds(renew), MinRenewWait));
    const bool pending = answer->status == protocol::RegistrationStatus::Pending;
    Q_EMIT registered(pending);
    if (!m_heartbeatTimer.isActive())
        sendHeartbeat();
    if (!m_metricsTimer.isActive())
        m_metricsTimer.start(MetricsInterval);
}

protocol::Metrics Registration::heartbeatMetrics()
{
    const NodeFigures figures = m_figures();
    const SystemSample system = m_systemMetrics.sample(monotonicNow());
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

    protocol::Metrics metrics;
    if (const std::optional<LineFigures> line = lineFigures(figures)) {
        metrics.latency = line->latencyMs;
        metrics.jitter = line->jitterMs;
        metrics.packetLoss = line->lossPercent;
    }
    metrics.cpuUsage = system.cpuUsage;
    metrics.memoryUsage = system.memoryUsage;
    metrics.activeConnections = figures.guests;
    metrics.bandwidth = m_use;
    return metrics;
}

/// Of probes over UDP where there are some, else of the heartbeats.
std::optional<LineFigures> Registration::lineFigures(const NodeFigures &figures) const
{
    if (figures.line)
        return figures.line;
    if (!m_latencyMs || m_heartbeatsSent == 0)
        return std::nullopt;
    return LineFigures{*m_latencyMs, m_jitterMs, 100.0 * m_heartbeatsLost / m_heartbeatsSent};
}

void Registration::sendHeartbeat()
{
    protocol::HeartbeatRequest message;
    message.metrics = heartbeatMetrics();
    message.status =
        m_figures().accepting ? protocol::NodeStatus::Online : protocol::NodeStatus::Degraded;
    ++m_heartbeatsSent;
    m_api.heartbeat(m_identity.id, message, m_token)
        .then(this, [this, generation = m_generation,
                     sent = monotonicNow()](const ApiResult<protocol::HeartbeatResponse> &answer) {
            if (generation != m_generation)
                return;
            if (answer) {
                // One request and one answer on a kept connection: the round trip to the server.
                const double ms =
                    std::chrono::duration<double, std::milli>(monotonicNow() - sent).count();
                if (m_latencyMs) // RFC 3550 section 6.4.1: a sixteenth of the difference
                    m_jitterMs += (std::abs(ms - *m_latencyMs) - m_jitterMs) / 16;
                m_latencyMs = ms;
            }
            heartbeatAnswered(answer);
        });
}

void Registration::heartbeatAnswered(const ApiResult<protocol::HeartbeatResponse> &answer)
{
    if (answer) {
        m_backoff.reset();
        m_heartbeatInterval = answer->nextHeartbeat;
        m_heartbeatTimer.start(m_heartbeatInterval);
        for (protocol::NodeAction &action : answer->actions)
            Q_EMIT actionReceived(std::make_shared<protocol::NodeAction>(std::move(action)));
        return;
    }
    ++m_heartbeatsLost;
    const int status = answer.failure().httpStatus;
    if (status == Unauthorized || status == NotFoundStatus) {
        log::info("node", "registering again", {{"status", status}});
        m_token = SecretText();
        registerNode();
        return;
    }
    Q_EMIT failed(problemOf(answer.failure()), answer.failure().error.detail);
    m_heartbeatTimer.start(
        std::min<Milliseconds>(m_backoff.next(randomUnit()), m_heartbeatInterval));
}

void Registration::sendMetrics()
{
    const NodeFigures figures = m_figures();
    const SystemSample system = m_systemMetrics.sample(monotonicNow());
    protocol::MetricsReport report;
    report.nodeId = m_identity.id;
    report.timestamp = wallNow();
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
    m_api.reportMetrics(report, m_token).then(this, [](const ApiDone &answer) {
        if (!answer)
            log::warning("node", "metrics not taken", {{"error", answer.failure().error.detail}});
    });
}

void Registration::retryLater(NodeProblem problem, const ApiFailure &failure)
{
    log::warning("node", "not registered",
                 {{"problem", toString(problem)}, {"error", failure.error.detail}});
    const bool passing = problem == NodeProblem::ServerUnreachable;
    Milliseconds wait = passing ? m_backoff.next(randomUnit()) : RefusedRetry;
    if (failure.retryAfter)
        wait = std::max<Milliseconds>(wait, *failure.retryAfter);
    m_retryTimer.start(wait);
    Q_EMIT failed(problem, failure.error.detail);
}

} // namespace higgs::node
