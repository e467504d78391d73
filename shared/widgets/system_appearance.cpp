// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/system_appearance.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace higgs::widgets {

namespace {

// A portal that runs answers in a few milliseconds; one that must be started first is told of
// later.
constexpr int FirstAnswerMs = 60;
constexpr uint PrefersDark = 1;
constexpr uint PrefersLight = 2;

QString service()
{
    return QStringLiteral("org.freedesktop.portal.Desktop");
}

QString path()
{
    return QStringLiteral("/org/freedesktop/portal/desktop");
}

QString interface()
{
    return QStringLiteral("org.freedesktop.portal.Settings");
}

QString appearance()
{
    return QStringLiteral("org.freedesktop.appearance");
}

QString gnome()
{
    return QStringLiteral("org.gnome.desktop.interface");
}

/// The portal wraps a value in one variant or, historically, in two.
QVariant unwrapped(QVariant value)
{
    while (value.userType() == qMetaTypeId<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

SystemAppearance::SystemAppearance(Shade platform, QObject *parent)
    : QObject(parent), m_shade(platform), m_platform(platform)
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(service(), path(), interface(), QStringLiteral("SettingChanged"), this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    ask(appearance(), QStringLiteral("color-scheme"));
    ask(gnome(), QStringLiteral("enable-animations"));
}

void SystemAppearance::ask(const QString &group, const QString &key)
{
    QDBusMessage question =
        QDBusMessage::createMethodCall(service(), path(), interface(), QStringLiteral("Read"));
    question << group << key;
    const QDBusMessage answer =
        QDBusConnection::sessionBus().call(question, QDBus::Block, FirstAnswerMs);
    if (answer.type() == QDBusMessage::ReplyMessage && !answer.arguments().isEmpty()) {
        take(group, key, answer.arguments().constFirst());
        return;
    }
    if (answer.errorName() != QLatin1String("org.freedesktop.DBus.Error.NoReply"))
        return;
    auto *later =
        new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question), this);
    connect(later, &QDBusPendingCallWatcher::finished, this, [this, later, group, key] {
        const QDBusPendingReply<QDBusVariant> reply = *later;
        if (reply.isValid() && take(group, key, reply.value().variant()))
            Q_EMIT changed();
        later->deleteLater();
    });
}

bool SystemAppearance::take(const QString &group, const QString &key, const QVariant &value)
{
    const QVariant plain = unwrapped(value);
    const Shade shade = m_shade;
    const bool animations = m_animations;
    if (group == appearance() && key == QLatin1String("color-scheme")) {
        const uint preference = plain.toUInt();
        m_shade = preference == PrefersDark    ? Shade::Dark
                  : preference == PrefersLight ? Shade::Light
                                               : m_platform;
    } else if (group == gnome() && key == QLatin1String("enable-animations") &&
               plain.userType() == QMetaType::Bool) {
        m_animations = plain.toBool();
    }
    return shade != m_shade || animations != m_animations;
}

void SystemAppearance::settingChanged(const QString &group, const QString &key,
                                      const QDBusVariant &value)
{
    if (take(group, key, value.variant()))
        Q_EMIT changed();
}

} // namespace higgs::widgets
