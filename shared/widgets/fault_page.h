// SPDX-License-Identifier: GPL-3.0-or-later
// Instead of the window's content while the daemon cannot be spoken to: what happened, what it
// means, and what to do.
#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>

namespace higgs::widgets {

class Button;
class Card;
class CopyBox;
class DaemonLine;
class Label;
class Page;

/// What is the program's own to say. Texts are plain.
struct FaultWords
{
    QString title;
    QString happened;
    QString meaning; ///< for what the program is about: "your traffic ..."
    QString command; ///< that puts it right
    QString after;   ///< what comes of it
};

/// For a daemon that speaks another protocol: all but the meaning. `version` as the daemon says it,
/// or empty; `unit` is its systemd unit.
FaultWords otherVersionWords(const QString &version, const QString &unit);

class FaultPage : public QWidget
{
    Q_OBJECT

public:
    using Words = std::function<FaultWords()>;

    /// `line` outlives this.
    FaultPage(DaemonLine &line, Words words, QWidget *parent = nullptr);

Q_SIGNALS:
    /// The daemon answers again.
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    void refresh();
    void copyDetail();

    DaemonLine &m_line;
    Words m_words;
    Page *m_page;
    Label *m_title;
    Label *m_happened;
    Label *m_meaning;
    Label *m_fix;
    CopyBox *m_command;
    Label *m_after;
    Button *m_retry;
    Button *m_copy;
    QTimer m_copied;
};

} // namespace higgs::widgets
