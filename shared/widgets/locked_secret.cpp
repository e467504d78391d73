// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/locked_secret.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QMap>
#include <QTimer>

namespace higgs::widgets {

void askLockedSecret(const QString &service, const QString &name, QObject *context,
                     std::function<void(bool)> answer)
{
    using Paths = QList<QDBusObjectPath>;
    using Attributes = QMap<QString, QString>;
    qDBusRegisterMetaType<Attributes>();
    QDBusMessage question = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.secrets"), QStringLiteral("/org/freedesktop/secrets"),
        QStringLiteral("org.freedesktop.Secret.Service"), QStringLiteral("SearchItems"));
    // As QtKeychain marks its entries.
    question << QVariant::fromValue(
        Attributes{{QStringLiteral("server"), service}, {QStringLiteral("user"), name}});
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) { // a call there would never end
        QTimer::singleShot(0, context, [answer = std::move(answer)] { answer(false); });
        return;
    }
    auto *waiting = new QDBusPendingCallWatcher(bus.asyncCall(question), context);
    QObject::connect(waiting, &QDBusPendingCallWatcher::finished, context,
                     [waiting, answer = std::move(answer)] {
                         waiting->deleteLater();
                         const QDBusPendingReply<Paths, Paths> found = *waiting; // open, locked
                         answer(found.isValid() && !found.argumentAt<1>().isEmpty());
                     });
}

} // namespace higgs::widgets
