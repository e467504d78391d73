// SPDX-License-Identifier: GPL-3.0-or-later
// Below the window's head while the daemon cannot be spoken to: what happened, what it means, and
// what puts it right, by a button where the desktop asks for the password.
#pragma once

#include "shared/widgets/root_command.h"

#include <QTimer>
#include <QWidget>
#include <functional>

namespace higgs::widgets {

class Button;
class CopyBox;
class DaemonLine;
class Label;

/// Something a button does as root.
struct Repair
{
    QString verb; ///< empty: none
    QStringList command;
    QString consequence; ///< said under the button; may be empty
    QString done;        ///< said afterwards
};

/// What is the program's own to say. Texts are plain.
struct FaultWords
{
    QString title;
    QString happened;
    QString meaning; ///< for what the program is about: "your traffic ..."
    Repair start;    ///< the daemon
    Repair restore;  ///< the machine, without it
    QString command; ///< that puts it right
    QString after;   ///< what comes of it
};

/// For a daemon that speaks another protocol: all but title and meaning. `version` as the daemon
/// says it, or empty; `unit` is its systemd unit.
FaultWords otherVersionWords(const QString &version, const QString &unit);
/// Starts the unit, also one that hangs.
Repair startService(const QString &unit);

class FaultPage : public QWidget
{
    Q_OBJECT

public:
    using Words = std::function<FaultWords()>;

    /// `line` outlives this. `pkexec`: its path, empty where there is none.
    FaultPage(DaemonLine &line, Words words, const QString &pkexec = RootCommand::find(),
              QWidget *parent = nullptr);

Q_SIGNALS:
    /// The daemon answers again.
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    void refresh();
    void copyDetail();
    void begin(const Repair &repair);
    void ended(RootCommand::Outcome outcome, const QString &words);

    DaemonLine &m_line;
    Words m_words;
    RootCommand m_root;
    Label *m_title;
    Label *m_happened;
    Label *m_meaning;
    Button *m_start;
    Button *m_restore;
    Label *m_consequence;
    Label *m_outcome;
    Label *m_fix;
    CopyBox *m_command;
    Label *m_after;
    Button *m_retry;
    Button *m_copy;
    Repair m_running;
    bool m_restored = false; ///< the network, since the daemon went
    QTimer m_copied;
};

} // namespace higgs::widgets
