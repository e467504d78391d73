// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/daemon_line.h"

#include "shared/control/control_client.h"
#include "shared/widgets/plain_text.h"

namespace higgs::widgets {

namespace {

constexpr qsizetype MaxVersion = 40;

} // namespace

DaemonLine::DaemonLine(std::string socketPath, Accept accept, QObject *parent)
    : QObject(parent), m_socketPath(std::move(socketPath)), m_accept(std::move(accept))
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &DaemonLine::open);
    m_pulse.setInterval(PulseInterval);
    connect(&m_pulse, &QTimer::timeout, this, &DaemonLine::pulse);
}

DaemonLine::~DaemonLine() = default;

void DaemonLine::start()
{
    m_retry.start(Milliseconds(0));
}

void DaemonLine::retryNow()
{
    if (m_state == LinkState::Up)
        return;
    m_retryAfter = FirstRetry;
    m_retry.start(Milliseconds(0));
}

void DaemonLine::open()
{
    m_client = std::make_unique<control::ControlClient>();
    ++m_connection;
    connect(m_client.get(), &control::ControlClient::notified, this, &DaemonLine::takeNotification);
    connect(m_client.get(), &control::ControlClient::closed, this, [this](const Error &reason) {
        lose(reason.code == ErrorCode::Forbidden ? LinkState::Forbidden : LinkState::Absent,
             plainText(reason.detail));
    });
    if (const Result<void> opened = m_client->open(m_socketPath); !opened) {
        lose(opened.error().code == ErrorCode::Permission ? LinkState::Forbidden
                                                          : LinkState::Absent,
             plainText(opened.error().detail));
        return;
    }
    m_answerOwed = false;
    m_pulse.start();
    ask("subscribe");
}

void DaemonLine::pulse()
{
    if (m_answerOwed)
        lose(LinkState::Absent, QStringLiteral("the daemon does not answer"));
    else
        ask("status");
}

void DaemonLine::ask(const char *method)
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
                     plainText(answer.error().detail));
        });
}

void DaemonLine::takeNotification(const control::RpcNotification &notification)
{
    if (notification.method == "status")
        takeStatus(notification.params);
}

void DaemonLine::takeStatus(const Json &status)
{
    if (const QString version = JsonMembers(status).text("version", MaxVersion); !version.isEmpty())
        m_daemonVersion = version;
    if (const Result<void> accepted = m_accept(status); !accepted) {
        lose(LinkState::TooOld, plainText(accepted.error().detail));
        return;
    }
    m_server = readServer(JsonMembers(status));
    m_accessKeySet = JsonMembers(status).raw("accessKey") == "set";
    m_retryAfter = FirstRetry;
    const bool cameUp = m_state != LinkState::Up;
    setState(LinkState::Up, {});
    Q_EMIT taken(cameUp);
}

void DaemonLine::lose(LinkState state, const QString &detail)
{
    if (m_client != nullptr) {
        // It may be in the middle of telling us.
        m_client->disconnect(this);
        m_client.release()->deleteLater();
    }
    m_pulse.stop();
    // One that was there a moment ago may be starting again: looked for at once.
    if (m_state == LinkState::Up)
        m_retryAfter = FirstRetry;
    m_retry.start(m_retryAfter);
    m_retryAfter = std::min(m_retryAfter * 2, LastRetry);
    setState(state, detail);
}

void DaemonLine::setState(LinkState state, const QString &detail)
{
    if (state == m_state && detail == m_detail)
        return;
    m_state = state;
    m_detail = detail;
    Q_EMIT changed();
}

QFuture<Result<DaemonLine::Json>> DaemonLine::call(const char *method, const Json &params)
{
    const auto told = [this, name = QString::fromLatin1(method)](const Result<Json> &answer) {
        if (!answer)
            m_lastRefusal = name + QStringLiteral(": ") +
                            QString::fromLatin1(toString(answer.error().code)) +
                            QStringLiteral(": ") + plainText(answer.error().detail);
        return answer;
    };
    if (m_client != nullptr)
        return m_client->call(method, params).then(this, told);
    control::ControlClient closed;
    return closed.call(method, params).then(this, told);
}

QFuture<Result<void>> DaemonLine::order(const char *method, const Json &params)
{
    return call(method, params).then(this, [](const Result<Json> &answer) {
        return answer ? Result<void>() : Result<void>(unexpected(answer.error()));
    });
}

QFuture<Result<void>> DaemonLine::configureServer(const QString &url, const QString &pin,
                                                  const SecretText &accessKey)
{
    Json params{{"url", url.toStdString()}};
    if (!pin.isEmpty())
        params["pin"] = pin.toStdString();
    if (!accessKey.empty())
        params["accessKey"] = accessKey.reveal();
    return order("configureServer", params);
}

QFuture<Result<void>> DaemonLine::setAccessKey(const SecretText &key)
{
    return order("setAccessKey", Json{{"key", key.reveal()}});
}

QFuture<Result<std::vector<Check>>> DaemonLine::diagnose()
{
    using Checks = Result<std::vector<Check>>;
    return call("diagnose", Json::object()).then(this, [](const Result<Json> &answer) {
        return answer ? decodeChecks(*answer) : Checks(unexpected(answer.error()));
    });
}

QFuture<Result<std::vector<LogLine>>> DaemonLine::log(int lines)
{
    using Lines = Result<std::vector<LogLine>>;
    return call("log", Json{{"lines", lines}}).then(this, [](const Result<Json> &answer) {
        return answer ? decodeLog(*answer) : Lines(unexpected(answer.error()));
    });
}

} // namespace higgs::widgets
