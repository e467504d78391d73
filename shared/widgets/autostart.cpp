// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/autostart.h"

#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <QStandardPaths>

namespace higgs::widgets {

namespace {

constexpr qint64 MaxDesktopFile = 65536;

} // namespace

Autostart::Autostart(QString folder, QString id, QString name, QStringList command)
    : m_folder(std::move(folder)),
      m_id(std::move(id)),
      m_name(std::move(name)),
      m_command(std::move(command))
{}

QString Autostart::defaultFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           QStringLiteral("/autostart");
}

QString Autostart::file() const
{
    return m_folder + QLatin1Char('/') + m_id + QStringLiteral(".desktop");
}

bool Autostart::isOn() const
{
    QFile kept(file());
    if (!kept.open(QIODevice::ReadOnly))
        return false;
    // Desktops switch an entry off with these instead of removing it.
    for (const QByteArray &line : kept.read(MaxDesktopFile).split('\n')) {
        const QByteArray row = line.simplified().replace(" ", "");
        if (row == "Hidden=true" || row == "X-GNOME-Autostart-enabled=false")
            return false;
    }
    return true;
}

Result<void> Autostart::setOn(bool on) const
{
    const auto failed = [this](const QString &why) {
        return unexpected(ErrorCode::System, file().toStdString() + ": " + why.toStdString());
    };
    if (!on) {
        QFile kept(file());
        if (kept.exists() && !kept.remove())
            return failed(kept.errorString());
        return {};
    }
    if (!QDir().mkpath(m_folder))
        return failed(QStringLiteral("the folder cannot be made"));
    QSaveFile fresh(file());
    if (!fresh.open(QIODevice::WriteOnly))
        return failed(fresh.errorString());
    const QString text = QStringLiteral("[Desktop Entry]\nType=Application\nName=%1\nExec=%2\n"
                                        "Icon=%3\nTerminal=false\n")
                             .arg(m_name, execLine(m_command), m_id);
    fresh.write(text.toUtf8());
    if (!fresh.commit())
        return failed(fresh.errorString());
    return {};
}

QString execLine(const QStringList &command)
{
    QStringList parts;
    for (const QString &argument : command) {
        QString quoted;
        for (const QChar c : argument) {
            if (c == QLatin1Char('"') || c == QLatin1Char('`') || c == QLatin1Char('$'))
                quoted += QStringLiteral("\\\\"); // one for the quoting, itself escaped in the file
            else if (c == QLatin1Char('\\'))
                quoted += QStringLiteral("\\\\\\");
            else if (c == QLatin1Char('%'))
                quoted += QLatin1Char('%');
            else if (c.category() == QChar::Other_Control)
                continue; // a line end would begin another key
            quoted += c;
        }
        parts += QLatin1Char('"') + quoted + QLatin1Char('"');
    }
    return parts.join(QLatin1Char(' '));
}

} // namespace higgs::widgets
