// SPDX-License-Identifier: GPL-3.0-or-later
// The door of a relay for tests: accepts TLS on loopback, answers the upgrade and hands connections
// to a RelayHub. Whoever says "Bearer client" or "Bearer node" has that role.
#pragma once

#include "server/relay/relay_hub.h"

#include <QTcpServer>
#include <QTemporaryDir>
#include <map>

namespace higgs::test {

class RelayDoor : public QTcpServer
{
    Q_OBJECT

public:
    /// Listens on 127.0.0.1 with a new self-signed certificate.
    RelayDoor(EpollSet &epoll, relay::RelayHub &hub);
    ~RelayDoor() override;

    /// Lets the two ends of a session in from now on; `seen`: where they were before.
    void allow(const SessionId &session, Monotonic expiresAt, const server::SeenAt &seen = {})
    {
        m_sessions[session] = {expiresAt, seen};
    }
    [[nodiscard]] QString certificateFile() const
    {
        return m_directory.filePath(QStringLiteral("c"));
    }
    [[nodiscard]] CertificateFingerprint fingerprint() const { return m_context->fingerprint(); }

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    struct Visitor;
    struct Allowed
    {
        Monotonic expiresAt;
        server::SeenAt seen;
    };

    /// The head of the request is complete; the visitor's connection leaves for the hub.
    void admit(Visitor &visitor, std::string_view head, ByteSpan rest);

    EpollSet &m_epoll;
    relay::RelayHub &m_hub;
    QTemporaryDir m_directory;
    std::optional<TlsContext> m_context;
    std::map<SessionId, Allowed> m_sessions;
    std::map<Visitor *, std::unique_ptr<Visitor>> m_visitors;
};

} // namespace higgs::test
