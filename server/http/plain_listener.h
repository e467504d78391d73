// SPDX-License-Identifier: GPL-3.0-or-later
// A plain HTTP listener for a scraper on a trusted network: answers GET with what it is given, one
// request a connection.
#pragma once

#include "server/http/http_message.h"
#include "shared/base/endpoint.h"

#include <QObject>
#include <functional>
#include <memory>

class QTcpServer;
class QTcpSocket;

namespace higgs::server {

class PlainListener : public QObject
{
    Q_OBJECT

public:
    using Answer = std::function<HttpResponse(const HttpRequest &)>;
    static constexpr int MaxConnections = 32;
    static constexpr int DeadlineMs = 5000;

    explicit PlainListener(Answer answer, QObject *parent = nullptr);
    ~PlainListener() override;

    Result<void> listen(const Endpoint &endpoint);
    [[nodiscard]] Endpoint localEndpoint() const;

private:
    void accept();
    void serve(QTcpSocket *socket);

    Answer m_answer;
    std::unique_ptr<QTcpServer> m_server;
    int m_connections = 0;
};

} // namespace higgs::server
