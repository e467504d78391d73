// SPDX-License-Identifier: GPL-3.0-or-later
// Starting with the desktop session: one .desktop file in the person's autostart folder (XDG
// Desktop Application Autostart Specification). The file is the truth, nothing else remembers it.
#pragma once

#include "shared/base/result.h"

#include <QString>
#include <QStringList>

namespace higgs::widgets {

class Autostart
{
public:
    /// `folder` is ".../autostart"; `id` names the file; `name` is what desktops show.
    Autostart(QString folder, QString id, QString name, QStringList command);
    /// "autostart" in the person's configuration folder.
    static QString defaultFolder();

    [[nodiscard]] bool isOn() const;
    /// Permission or System, with the path.
    Result<void> setOn(bool on) const;
    [[nodiscard]] QString file() const;

private:
    QString m_folder;
    QString m_id;
    QString m_name;
    QStringList m_command;
};

/// A command as the Exec key wants it (Desktop Entry Specification 1.5, "The Exec key"): arguments
/// quoted, and nothing in them expanded.
QString execLine(const QStringList &command);

} // namespace higgs::widgets
