// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/single_instance.h"

#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QFile>
#include <QLocalServer>
#include <QLocalSocket>
#include <QStandardPaths>
#include <QThread>
#include <QTimer>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::widgets {

namespace {

constexpr int MaxWaiting = 8;
constexpr Milliseconds MessageDeadline{2000};
constexpr auto Taken = "ok\n";

bool sameUser(const QLocalSocket &socket)
{
    ucred peer{};
    socklen_t size = sizeof(peer);
    return ::getsockopt(static_cast<int>(socket.socketDescriptor()), SOL_SOCKET, SO_PEERCRED, &peer,
                        &size) == 0 &&
           peer.uid == ::geteuid();
}

} // namespace

SingleInstance::SingleInstance(QObject *parent) : QObject(parent) {}

SingleInstance::~SingleInstance()
{
    if (m_server != nullptr)
        m_server->close();
    if (m_lock >= 0)
        ::close(m_lock);
}

QString SingleInstance::defaultPath(const QString &program, const QString &variant)
{
    QString name = program;
    if (!variant.isEmpty()) {
        const QByteArray hash =
            QCryptographicHash::hash(variant.toUtf8(), QCryptographicHash::Sha256).toHex();
        name += QLatin1Char('-') + QString::fromLatin1(hash.left(12));
    }
    return QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation) + QLatin1Char('/') +
           name + QStringLiteral(".sock");
}

Result<bool> SingleInstance::lock(const QString &path)
{
    const QByteArray file = QFile::encodeName(path) + ".lock";
    m_lock = ::open(file.constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (m_lock < 0)
        return unexpected(errno == EACCES ? ErrorCode::Permission : ErrorCode::System,
                          "cannot open " + file.toStdString() + ": " + std::strerror(errno));
    if (::flock(m_lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    ::close(m_lock);
    m_lock = -1;
    return false;
}

Result<SingleInstance::Role> SingleInstance::begin(const QString &path, const QString &message,
                                                   Milliseconds timeout)
{
    const Result<bool> first = lock(path);
    if (!first)
        return unexpected(first.error());
    if (!*first) {
        const Result<void> handed = handOver(path, message, timeout);
        return handed ? Result<Role>(Role::HandedOver) : unexpected(handed.error());
    }
    m_server = new QLocalServer(this);
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    m_server->setMaxPendingConnections(MaxWaiting);
    connect(m_server, &QLocalServer::newConnection, this, &SingleInstance::accept);
    // Whoever left it is dead, or the lock would not be ours.
    QLocalServer::removeServer(path);
    if (!m_server->listen(path))
        return unexpected(ErrorCode::System, "cannot listen on " + path.toStdString() + ": " +
                                                 m_server->errorString().toStdString());
    return Role::First;
}

Result<void> SingleInstance::handOver(const QString &path, const QString &message,
                                      Milliseconds timeout)
{
    const QDeadlineTimer deadline(timeout);
    constexpr Milliseconds Again{50};
    QLocalSocket socket;
    const auto left = [&deadline] { return static_cast<int>(deadline.remainingTime()); };
    // The first one may hold the lock and not listen yet.
    while (true) {
        socket.connectToServer(path);
        if (socket.waitForConnected(left()) || deadline.hasExpired())
            break;
        QThread::msleep(static_cast<unsigned long>(Again.count()));
    }
    if (socket.state() != QLocalSocket::ConnectedState || !sameUser(socket))
        return unexpected(ErrorCode::Timeout, "another one runs and does not answer");
    QByteArray line = message.toUtf8().left(MaxInstanceMessage - 1);
    line.replace('\n', ' ');
    socket.write(line + '\n');
    QByteArray answer;
    while (!answer.endsWith('\n') && !deadline.hasExpired()) {
        if (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(left()))
            break;
        answer += socket.readAll();
    }
    if (answer != Taken)
        return unexpected(ErrorCode::Timeout, "another one runs and does not answer");
    return {};
}

void SingleInstance::accept()
{
    while (QLocalSocket *socket = m_server->nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        if (!sameUser(*socket)) {
            socket->abort();
            continue;
        }
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { read(*socket); });
        QTimer::singleShot(MessageDeadline, socket, [socket] { socket->abort(); });
        if (socket->bytesAvailable() > 0)
            read(*socket);
    }
}

void SingleInstance::read(QLocalSocket &socket)
{
    if (!socket.canReadLine()) {
        if (socket.bytesAvailable() >= MaxInstanceMessage)
            socket.abort();
        return;
    }
    const QByteArray line = socket.readLine(MaxInstanceMessage);
    socket.disconnect(this);
    socket.write(Taken);
    socket.disconnectFromServer();
    Q_EMIT asked(QString::fromUtf8(line).trimmed());
}

} // namespace higgs::widgets
