// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/relay/relay_door.h"

#include "shared/net/websocket_stream.h"

#include <QProcess>
#include <fcntl.h>
#include <sys/socket.h>

namespace higgs::test {

namespace {

std::string_view fieldOf(std::string_view head, std::string_view name)
{
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string_view::npos)
        return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

Endpoint peerOf(int fd)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getpeername(fd, reinterpret_cast<sockaddr *>(&address), &size);
    return Endpoint::fromSockaddr(reinterpret_cast<sockaddr *>(&address));
}

} // namespace

struct RelayDoor::Visitor : TlsStreamClient
{
    Visitor(RelayDoor &owner, int fd)
        : door(owner), stream(owner.m_epoll, *owner.m_context, fd, peerOf(fd), *this)
    {}

    void streamReceived(MutableByteSpan data) override
    {
        input.append(asText(data));
        const std::size_t end = input.find("\r\n\r\n");
        if (end != std::string::npos)
            door.admit(*this, std::string_view(input).substr(0, end + 2),
                       asBytes(std::string_view(input).substr(end + 4)));
    }
    void streamClosed(const std::optional<Error> &) override { door.m_visitors.erase(this); }

    RelayDoor &door;
    TlsStream stream;
    std::string input;
};

RelayDoor::RelayDoor(EpollSet &epoll, relay::RelayHub &hub) : m_epoll(epoll), m_hub(hub)
{
    const QString key = m_directory.filePath(QStringLiteral("k"));
    QProcess::execute(
        QStringLiteral("/bin/sh"),
        {QStringLiteral("-c"),
         QStringLiteral("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                        "-keyout %1 -out %2 -days 2 -subj /CN=localhost "
                        "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null")
             .arg(key, certificateFile())});
    Result<TlsContext> context =
        TlsContext::server(certificateFile().toStdString(), key.toStdString());
    if (!context)
        qFatal("no certificate for the test: %s", context.error().detail.c_str());
    m_context.emplace(std::move(*context));
    if (!listen(QHostAddress::LocalHost))
        qFatal("cannot listen on loopback");
}

RelayDoor::~RelayDoor() = default;

void RelayDoor::incomingConnection(qintptr descriptor)
{
    const int fd = static_cast<int>(descriptor);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    auto visitor = std::make_unique<Visitor>(*this, fd);
    Visitor *key = visitor.get();
    m_visitors.emplace(key, std::move(visitor));
}

void RelayDoor::admit(Visitor &visitor, std::string_view head, ByteSpan rest)
{
    const protocol::WsUpgradeFields fields{
        "GET",
        fieldOf(head, "Upgrade"),
        fieldOf(head, "Connection"),
        fieldOf(head, "Sec-WebSocket-Version"),
        fieldOf(head, "Sec-WebSocket-Key"),
        fieldOf(head, "Sec-WebSocket-Extensions"),
    };
    const Result<protocol::WsUpgradeAccepted> accepted = protocol::acceptUpgrade(fields, true);
    if (!accepted) {
        m_visitors.erase(&visitor);
        return;
    }
    const std::string answer =
        protocol::upgradeResponse(webSocketAccept(accepted->key), accepted->deflate);
    visitor.stream.write(asBytes(answer));
    TlsConnection connection = visitor.stream.release(rest);

    const std::string_view path = head.substr(4, head.find(' ', 4) - 4);
    const Result<SessionId> session =
        SessionId::parse(path.substr(std::min(path.size(), std::string_view("/relay/").size())));
    const std::string_view token = fieldOf(head, "Authorization");
    const bool isClient = token == "Bearer client";
    const auto known = session ? m_sessions.find(*session) : m_sessions.end();
    if (known == m_sessions.end() || (!isClient && token != "Bearer node")) {
        m_hub.refuse(std::move(connection), accepted->deflate);
    } else {
        m_hub.adopt(std::move(connection),
                    {*session, isClient ? relay::Role::Client : relay::Role::Node,
                     known->second.expiresAt, accepted->deflate, known->second.seen});
    }
    m_visitors.erase(&visitor);
}

} // namespace higgs::test
