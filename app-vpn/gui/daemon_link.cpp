// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/daemon_link.h"

#include "app-vpn/gui/client_view_codec.h"
#include "shared/protocol/json.h"

namespace higgs::vpn {

namespace {

void put(protocol::Json &params, const char *name, const QString &value)
{
    if (!value.isEmpty())
        params[name] = value.toStdString();
}

} // namespace

DaemonLink::DaemonLink(std::string socketPath, QObject *parent)
    : QObject(parent),
      m_line(std::move(socketPath), [this](const Json &status) { return accept(status); })
{
    connect(&m_line, &widgets::DaemonLine::changed, this, &DaemonLink::linkChanged);
    connect(&m_line, &widgets::DaemonLine::taken, this, &DaemonLink::announce);
    m_placesTimer.setInterval(PlacesInterval);
    connect(&m_placesTimer, &QTimer::timeout, this, &DaemonLink::refreshPlaces);
}

DaemonLink::~DaemonLink() = default;

Result<void> DaemonLink::accept(const Json &status)
{
    Result<ClientView> view = decodeClientView(status);
    if (!view)
        return unexpected(view.error());
    m_news = *view != m_view || !m_everUp;
    m_view = std::move(*view);
    m_everUp = true;
    return {};
}

void DaemonLink::announce(bool cameUp)
{
    if (m_news || cameUp)
        Q_EMIT viewChanged();
    if (cameUp && m_placesTimer.isActive())
        refreshPlaces();
}

void DaemonLink::request(const char *method, const Json &params)
{
    m_line.call(method, params)
        .then(this, [this, name = QString::fromLatin1(method)](const Result<Json> &answer) {
            if (!answer)
                Q_EMIT requestFailed(name, answer.error());
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

void DaemonLink::cancelSwitch()
{
    request("cancelSwitch", Json::object());
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
    if (m_placesAsked || m_line.state() != LinkState::Up)
        return;
    m_placesAsked = true;
    askPlaces().then(this, [this](const Result<std::vector<Place>> &places) {
        m_placesAsked = false;
        m_placesError = places ? std::nullopt : std::optional(places.error());
        if (places) {
            m_places = *places;
            m_placesKnown = true;
            m_placesAt = wallNow();
        }
        Q_EMIT placesChanged();
        if (m_placesError)
            Q_EMIT requestFailed(QStringLiteral("countries"), *m_placesError);
    });
}

QFuture<Result<std::vector<Place>>> DaemonLink::askPlaces()
{
    using Places = Result<std::vector<Place>>;
    return m_line.call("countries", Json::object()).then(this, [](const Result<Json> &answer) {
        return answer ? decodePlaces(*answer) : Places(unexpected(answer.error()));
    });
}

QFuture<Result<void>> DaemonLink::set(const QString &key, const QString &value)
{
    return m_line.order("set", Json{{"key", key.toStdString()}, {"value", value.toStdString()}});
}

QFuture<Result<void>> DaemonLink::restoreNetwork()
{
    return m_line.order("restoreNetwork", Json::object());
}

} // namespace higgs::vpn
