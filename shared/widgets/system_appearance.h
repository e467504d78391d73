// SPDX-License-Identifier: GPL-3.0-or-later
// What the desktop prefers (dark or light, animations or not), asked of its settings portal.
#pragma once

#include "shared/widgets/tokens.h"

#include <QObject>

class QDBusVariant;

namespace higgs::widgets {

/// Follows org.freedesktop.portal.Settings; without a portal it says what the platform's palette
/// said, and that animations are welcome.
class SystemAppearance : public QObject
{
    Q_OBJECT

public:
    /// `platform`: what the platform's own palette looks like, for desktops without a portal.
    explicit SystemAppearance(Shade platform, QObject *parent = nullptr);

    Shade shade() const { return m_shade; }
    bool animations() const { return m_animations; }

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void settingChanged(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void ask(const QString &group, const QString &key);
    bool take(const QString &group, const QString &key, const QVariant &value);

    Shade m_shade;
    Shade m_platform;
    bool m_animations = true;
};

} // namespace higgs::widgets
