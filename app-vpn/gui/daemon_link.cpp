// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/daemon_link.h"

#include "app-vpn/gui/client_view_codec.h"
#include "shared/control/control_client.h"
#include "shared/widgets/plain_text.h"

namespace higgs::vpn {

namespace {

void put(protocol::Json &params, const char *name, const QString &value)
{
    if (!value.isEmpty())
        params[name] = value.toStdString();
}

} // namespace

DaemonLink::DaemonLink(std::string socketPath, QObject *parent)
    : QObject(parent), m_socketPath(std::move(socketPath))
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &DaemonLink::open);
    m_pulse.setInterval(PulseInterval);
    connect(&m_pulse, &QTimer::timeout, this, &DaemonLink::pulse);
    m_placesTimer.setInterval(PlacesInterval);
    connect(&m_placesTimer, &QTimer::timeout, this, &DaemonLink::refreshPlaces);
}

DaemonLink::~DaemonLink() = default;

void DaemonLink::start()
{
    m_retry.start(Milliseconds(0));
}

void DaemonLink::retryNow()
{
    if (m_linkState == LinkState::Up)
        return;
    m_retryAfter = FirstRetry;
    m_retry.start(Milliseconds(0));
}

void DaemonLink::open()
{
    m_client = std::make_unique<control::ControlClient>();
    ++m_connection;
    connect(m_client.get(), &control::ControlClient::notified, this, &DaemonLink::takeNotification);
    connect(m_client.get(), &control::ControlClient::closed, this, [this](const Error &reason) {
        lose(reason.code == ErrorCode::Forbidden ? LinkState::Forbidden : LinkState::Absent,
             widgets::plainText(reason.detail));
    });
    if (const Result<void> opened = m_client->open(m_socketPath); !opened) {
        lose(opened.error().code == ErrorCode::Permission ? LinkState::Forbidden
                                                          : LinkState::Absent,
             widgets::plainText(opened.error().detail));
        return;
    }
    m_answerOwed = false;
    m_pulse.start();
    ask("subscribe");
}

void DaemonLink::pulse()
{
    if (m_answerOwed)
        lose(LinkState::Absent, QStringLiteral("the daemon does not answer"));
    else
        ask("status");
}

void DaemonLink::ask(const char *method)
{
    m_answerOwed = true;
    call(method, Json::object())
        .then(this, [this, connection = m_connection](const Result<Json> &answer) {
            if (connection != m_connection || m_client == nullptr || !m_client->isOpen())
                return;
            m_answerOwed = false;
            if (answer)
                takeStatus(*answer);
            else
                lose(answer.error().code == ErrorCode::Forbidden ? LinkState::Forbidden
                                                                 : LinkState::TooOld,
                     widgets::plainText(answer.error().detail));
        });
}

void DaemonLink::takeNotification(const control::RpcNotification &notification)
{
    if (notification.method == "status")
        takeStatus(notification.params);
}

void DaemonLink::takeStatus(const Json &status)
{
    if (const auto version = status.find("version");
        status.is_object() && version != status.end() && version->is_string())
        m_daemonVersion = widgets::plainText(version->get_ref<const std::string &>(), 40);
    Result<ClientView> view = decodeClientView(status);
    if (!view) {
        lose(LinkState::TooOld, widgets::plainText(view.error().detail));
        return;
    }
    const bool news = *view != m_view || !m_everUp;
    m_view = std::move(*view);
    m_everUp = true;
    m_retryAfter = FirstRetry;
    const bool cameUp = m_linkState != LinkState::Up;
    setLink(LinkState::Up, {});
    if (news || cameUp)
        Q_EMIT viewChanged();
    if (cameUp && m_placesTimer.isActive())
        refreshPlaces();
}

void DaemonLink::lose(LinkState state, const QString &detail)
{
    if (m_client != nullptr) {
        // It may be in the middle of telling us.
        m_client->disconnect(this);
        m_client.release()->deleteLater();
    }
    m_pulse.stop();
    // One that was there a moment ago may be starting again: looked for at once.
    if (m_linkState == LinkState::Up)
        m_retryAfter = FirstRetry;
    m_retry.start(m_retryAfter);
    m_retryAfter = std::min(m_retryAfter * 2, LastRetry);
    setLink(state, detail);
}

void DaemonLink::setLink(LinkState state, const QString &detail)
{
    if (state == m_linkState && detail == m_linkDetail)
        return;
    m_linkState = state;
    m_linkDetail = detail;
    Q_EMIT linkChanged();
}

QFuture<Result<protocol::Json>> DaemonLink::call(const char *method, const Json &params)
{
    if (m_client != nullptr)
        return m_client->call(method, params);
    control::ControlClient closed;
    return closed.call(method, params);
}

void DaemonLink::request(const char *method, const Json &params)
{
    call(method, params)
        .then(this, [this, name = QString::fromLatin1(method)](const Result<Json> &answer) {
            if (!answer)
                Q_EMIT requestFailed(name, answer.error());
        });
}

QFuture<Result<void>> DaemonLink::order(const char *method, const Json &params)
{
    return call(method, params).then(this, [](const Result<Json> &answer) {
        return answer ? Result<void>() : Result<void>(unexpected(answer.error()));
    });
}

void DaemonLink::connectTo(const ConnectWish &wish)
{
    Json params = Json::object();
    put(params, "country", wish.country);
    put(params, "region", wish.region);
    put(params, "nodeId", wish.nodeId);
    put(params, "path", wish.path);
    put(params, "via", wish.via);
    request("connect", params);
}

void DaemonLink::disconnectTunnel()
{
    request("disconnect", Json::object());
}

void DaemonLink::pause(int minutes)
{
    request("pause", Json{{"minutes", minutes}});
}

void DaemonLink::resume()
{
    request("resume", Json::object());
}

void DaemonLink::keepPlacesFresh(bool on)
{
    if (on == m_placesTimer.isActive())
        return;
    if (!on) {
        m_placesTimer.stop();
        return;
    }
    m_placesTimer.start();
    refreshPlaces();
}

void DaemonLink::refreshPlaces()
{
    if (m_placesAsked || m_linkState != LinkState::Up)
        return;
    m_placesAsked = true;
    call("countries", Json::object()).then(this, [this](const Result<Json> &answer) {
        m_placesAsked = false;
        Result<std::vector<Place>> places =
            answer ? decodePlaces(*answer) : Result<std::vector<Place>>(unexpected(answer.error()));
        m_placesError = places ? std::nullopt : std::optional(places.error());
        if (places) {
            m_places = std::move(*places);
            m_placesKnown = true;
        }
        Q_EMIT placesChanged();
        if (m_placesError)
            Q_EMIT requestFailed(QStringLiteral("countries"), *m_placesError);
    });
}

QFuture<Result<void>> DaemonLink::set(const QString &key, const QString &value)
{
    return order("set", Json{{"key", key.toStdString()}, {"value", value.toStdString()}});
}

QFuture<Result<void>> DaemonLink::configureServer(const QString &url, const QString &pin,
                                                  const SecretText &accessKey)
{
    Json params{{"url", url.toStdString()}};
    put(params, "pin", pin);
    if (!accessKey.empty())
        params["accessKey"] = accessKey.reveal();
    return order("configureServer", params);
}

QFuture<Result<void>> DaemonLink::setAccessKey(const SecretText &key)
{
    return order("setAccessKey", Json{{"key", key.reveal()}});
}

QFuture<Result<void>> DaemonLink::restoreNetwork()
{
    return order("restoreNetwork", Json::object());
}

QFuture<Result<std::vector<Check>>> DaemonLink::diagnose()
{
    using Checks = Result<std::vector<Check>>;
    return call("diagnose", Json::object()).then(this, [](const Result<Json> &answer) {
        return answer ? decodeChecks(*answer) : Checks(unexpected(answer.error()));
    });
}

QFuture<Result<std::vector<LogLine>>> DaemonLink::log(int lines)
{
    using Lines = Result<std::vector<LogLine>>;
    return call("log", Json{{"lines", lines}}).then(this, [](const Result<Json> &answer) {
        return answer ? decodeLog(*answer) : Lines(unexpected(answer.error()));
    });
}

} // namespace higgs::vpn
