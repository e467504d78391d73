// SPDX-License-Identifier: GPL-3.0-or-later
// One window a person: a second start hands its message to the first and ends.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <QObject>
#include <memory>

class QLocalServer;
class QLocalSocket;

namespace higgs::widgets {

/// A message is one line: empty to be raised, or an invitation's link.
constexpr qsizetype MaxInstanceMessage = 4096;

/// Holds a lock file for its life, so that a crash leaves nothing that stands in the way; only
/// processes of the same user are listened to.
class SingleInstance : public QObject
{
    Q_OBJECT

public:
    enum class Role : std::uint8_t {
        First,     ///< messages of later starts come by `asked`
        HandedOver ///< another one runs and has taken the message
    };
    static constexpr Milliseconds HandOverTimeout{3000};

    explicit SingleInstance(QObject *parent = nullptr);
    ~SingleInstance() override;

    /// `path` of the socket, in a folder of this user's own. Timeout: another one runs and does
    /// not answer. System, Permission: the folder does not let us.
    Result<Role> begin(const QString &path, const QString &message,
                       Milliseconds timeout = HandOverTimeout);

    /// "<runtime folder>/<program>.sock", or another one for each `variant` that is not empty.
    static QString defaultPath(const QString &program, const QString &variant);

Q_SIGNALS:
    void asked(const QString &message);

private:
    Result<bool> lock(const QString &path);
    static Result<void> handOver(const QString &path, const QString &message, Milliseconds timeout);
    void accept();
    void read(QLocalSocket &socket);

    int m_lock = -1;
    QLocalServer *m_server = nullptr;
};

} // namespace higgs::widgets
