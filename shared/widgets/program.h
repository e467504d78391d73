// SPDX-License-Identifier: GPL-3.0-or-later
// What a window's program is besides its window: one at a time, its looks, its start at login.
#pragma once

#include "shared/widgets/autostart.h"
#include "shared/widgets/language.h"
#include "shared/widgets/single_instance.h"
#include "shared/widgets/theme.h"

#include <QObject>
#include <functional>
#include <memory>
#include <string>

class QApplication;

namespace higgs::widgets {

class TrayedWindow;

struct ProgramNames
{
    QString id;        ///< "higgs-vpn": the command, its icon and files; idd, idctl beside it
    QString title;     ///< "HiggsVPN"
    QString catalogue; ///< of its texts, besides those of all windows
    std::string controlSocket; ///< where its daemon usually listens
};

struct ProgramOptions
{
    std::string controlSocket; ///< empty: the usual one
    bool hidden = false;       ///< start in the tray
    QString link;              ///< "higgs://join?..." from the command line; may be empty
    QString preferencesFile;   ///< empty: the person's own
    QString autostartFolder;   ///< empty: the person's own
    QString instancePath;      ///< empty: the person's own, one for each control socket
    bool useKeychain = true;
};

class Program : public QObject
{
    Q_OBJECT

public:
    /// HandedOver: another one runs, has been raised and given the link; this one is to end.
    /// Otherwise the window is shown, or is in the tray.
    Result<SingleInstance::Role> begin();

    Theme &theme() { return m_theme; }
    Language &language() { return m_language; }

protected:
    Program(QApplication &application, const ProgramNames &names, ProgramOptions options);

    /// Makes the window, once, and speaks to the daemon from then on.
    virtual TrayedWindow &build() = 0;
    /// A link as it came from outside; the window is in front.
    virtual void offer(const QString &link) = 0;

    /// Without empty members where there is something usual.
    [[nodiscard]] const ProgramOptions &options() const { return m_options; }
    Autostart &autostart() { return m_autostart; }

private:
    void take(const QString &message);

    ProgramOptions m_options;
    Theme m_theme;
    Language m_language;
    Autostart m_autostart;
    SingleInstance m_instance;
    TrayedWindow *m_window = nullptr; ///< whose program this is
};

/// The whole of main(): reads the arguments and runs what `make` makes. Returns the exit code.
int runProgram(
    const ProgramNames &names, int argc, char *argv[],
    const std::function<std::unique_ptr<Program>(QApplication &, const ProgramOptions &)> &make);

} // namespace higgs::widgets
