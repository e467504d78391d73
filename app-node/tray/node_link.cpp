// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_link.h"

#include "app-node/tray/node_view_codec.h"

namespace higgs::node {

NodeLink::NodeLink(std::string socketPath, QObject *parent)
    : QObject(parent),
      m_line(std::move(socketPath), [this](const Json &status) { return accept(status); })
{
    connect(&m_line, &widgets::DaemonLine::changed, this, &NodeLink::linkChanged);
    connect(&m_line, &widgets::DaemonLine::taken, this, [this](bool cameUp) {
        if (m_news || cameUp)
            Q_EMIT viewChanged();
    });
}

NodeLink::~NodeLink() = default;

Result<void> NodeLink::accept(const Json &status)
{
    Result<NodeView> view = decodeNodeView(status);
    if (!view)
        return unexpected(view.error());
    m_news = *view != m_view || !m_everUp;
    m_view = std::move(*view);
    m_everUp = true;
    return {};
}

void NodeLink::request(const char *method, const Json &params)
{
    m_line.call(method, params)
        .then(this, [this, name = QString::fromLatin1(method)](const Result<Json> &answer) {
            if (!answer)
                Q_EMIT requestFailed(name, answer.error());
        });
}

void NodeLink::setSharing(bool on)
{
    request("setSharing", Json{{"on", on}});
}

void NodeLink::pauseMinutes(int minutes)
{
    request("pause", Json{{"minutes", minutes}});
}

void NodeLink::pauseUntilTomorrow()
{
    request("pause", Json{{"until", "tomorrow"}});
}

void NodeLink::resume()
{
    request("resume", Json::object());
}

void NodeLink::endGuest(quint64 number)
{
    request("endGuest", Json{{"number", number}});
}

NodeLink::Done NodeLink::setConsent(bool agreed)
{
    return m_line.order("consent", Json{{"agreed", agreed}});
}

NodeLink::Done NodeLink::setLimits(const Json &changes)
{
    return m_line.order("limits", changes);
}

NodeLink::Done NodeLink::set(const QString &key, const QString &value)
{
    return m_line.order("set", Json{{"key", key.toStdString()}, {"value", value.toStdString()}});
}

QFuture<Result<std::vector<Guest>>> NodeLink::guests()
{
    using Guests = Result<std::vector<Guest>>;
    return m_line.call("guests", Json::object()).then(this, [](const Result<Json> &answer) {
        return answer ? decodeGuests(*answer) : Guests(unexpected(answer.error()));
    });
}

QFuture<Result<History>> NodeLink::history(int days, int hours)
{
    return m_line.call("history", Json{{"days", days}, {"hours", hours}})
        .then(this, [](const Result<Json> &answer) {
            return answer ? decodeHistory(*answer) : Result<History>(unexpected(answer.error()));
        });
}

QFuture<Result<SharedHour>> NodeLink::hour(WallTime at)
{
    return m_line.call("hour", Json{{"at", at.ms}}).then(this, [](const Result<Json> &answer) {
        return answer ? decodeHour(*answer) : Result<SharedHour>(unexpected(answer.error()));
    });
}

QFuture<Result<SafetyReport>> NodeLink::safety(bool run)
{
    using Report = Result<SafetyReport>;
    return m_line.call("safety", Json{{"run", run}}).then(this, [](const Result<Json> &answer) {
        return answer ? decodeSafety(*answer) : Report(unexpected(answer.error()));
    });
}

} // namespace higgs::node
