// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/plain_listener.h"

#include "server/http/http_parser.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>

namespace higgs::server {

namespace {

// A socket would else read without bound what nobody takes out of it.
constexpr qint64 ReadBuffer = 16 * 1024;

} // namespace

PlainListener::PlainListener(Answer answer, QObject *parent)
    : QObject(parent), m_answer(std::move(answer)), m_server(std::make_unique<QTcpServer>())
{
    connect(m_server.get(), &QTcpServer::newConnection, this, &PlainListener::accept);
}

PlainListener::~PlainListener() = default;

Result<void> PlainListener::listen(const Endpoint &endpoint)
{
    const QHostAddress address(QString::fromStdString(endpoint.address.toString()));
    if (m_server->listen(address, endpoint.port))
        return {};
    return unexpected(ErrorCode::AlreadyExists, "cannot serve metrics on " + endpoint.toString() +
                                                    ": " + m_server->errorString().toStdString());
}

Endpoint PlainListener::localEndpoint() const
{
    const auto address = IpAddress::parse(m_server->serverAddress().toString().toStdString());
    return {address ? *address : IpAddress(), m_server->serverPort()};
}

void PlainListener::accept()
{
    while (QTcpSocket *socket = m_server->nextPendingConnection()) {
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QObject::destroyed, this, [this] { --m_connections; });
        if (++m_connections > MaxConnections) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        QTimer::singleShot(DeadlineMs, socket, [socket] { socket->abort(); });
        serve(socket);
    }
}

void PlainListener::serve(QTcpSocket *socket)
{
    auto parser = std::make_shared<HttpParser>(HttpLimits{});
    socket->setReadBufferSize(ReadBuffer);
    connect(socket, &QTcpSocket::readyRead, this, [this, socket, parser] {
        const QByteArray input = socket->readAll();
        const HttpParser::State state =
            parser->feed(asBytes({input.constData(), static_cast<std::size_t>(input.size())}));
        HttpResponse response;
        bool headOnly = false;
        if (state == HttpParser::State::Ready) {
            const HttpRequest request = parser->take();
            headOnly = request.method == "HEAD";
            response = m_answer(request);
        } else if (state == HttpParser::State::Failed) {
            response.status = parser->fault();
        } else {
            return;
        }
        // One request a connection: what follows is not even read.
        disconnect(socket, &QTcpSocket::readyRead, this, nullptr);
        const std::string text = serialize(response, false, headOnly);
        socket->write(text.data(), static_cast<qint64>(text.size()));
        socket->disconnectFromHost();
    });
}

} // namespace higgs::server
