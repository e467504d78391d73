// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/control_client.h"

#include "shared/control/blocking_control_client.h"
#include "shared/control/control_channel.h"

namespace higgs::control {

namespace {

QFuture<Result<Json>> failedCall(ErrorCode code, const std::string &detail)
{
    QPromise<Result<Json>> promise;
    promise.start();
    promise.addResult(Result<Json>(unexpected(code, detail)));
    promise.finish();
    return promise.future();
}

} // namespace

ControlClient::ControlClient(QObject *parent) : QObject(parent) {}

ControlClient::~ControlClient()
{
    // Whoever holds a future of ours must not wait for ever.
    for (auto &[id, promise] : m_pending) {
        promise.addResult(Result<Json>(unexpected(ErrorCode::Cancelled, "the client is gone")));
        promise.finish();
    }
}

Result<void> ControlClient::open(const std::string &path)
{
    const Result<int> fd = connectControlSocket(path);
    if (!fd)
        return unexpected(fd.error());
    m_channel = std::make_unique<ControlChannel>(*fd);
    connect(m_channel.get(), &ControlChannel::frameReceived, this, &ControlClient::take);
    connect(m_channel.get(), &ControlChannel::closed, this, &ControlClient::fail);
    return {};
}

QFuture<Result<Json>> ControlClient::call(std::string_view method, const Json &params)
{
    if (!isOpen())
        return failedCall(ErrorCode::Unavailable, "not connected to the daemon");
    if (m_pending.size() >= MaxPendingRequests)
        return failedCall(ErrorCode::RateLimited, "too many requests at once");
    QPromise<Result<Json>> &promise = m_pending[++m_lastId];
    promise.start();
    QFuture<Result<Json>> future = promise.future();
    m_channel->send(encodeRequest(m_lastId, method, params));
    return future;
}

void ControlClient::take(const std::string &frame)
{
    Result<std::variant<RpcAnswer, RpcNotification>> message = decodeServerMessage(frame);
    if (!message) {
        fail(message.error());
        return;
    }
    if (const auto *notification = std::get_if<RpcNotification>(&*message)) {
        Q_EMIT notified(*notification);
        return;
    }
    auto &answer = std::get<RpcAnswer>(*message);
    auto pending = m_pending.extract(answer.id);
    if (pending.empty())
        return;
    pending.mapped().addResult(std::move(answer.outcome));
    pending.mapped().finish();
}

void ControlClient::fail(const Error &reason)
{
    if (m_channel == nullptr)
        return;
    // The channel may be in the middle of telling us.
    m_channel->disconnect(this);
    m_channel.release()->deleteLater();
    auto pending = std::exchange(m_pending, {});
    for (auto &[id, promise] : pending) {
        promise.addResult(Result<Json>(unexpected(ErrorCode::Unavailable, reason.detail)));
        promise.finish();
    }
    Q_EMIT closed(reason);
}

} // namespace higgs::control
