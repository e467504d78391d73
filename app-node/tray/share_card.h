// SPDX-License-Identifier: GPL-3.0-or-later
// The top of the window: the switch, the state in words with its shape, and the one thing to do.
#pragma once

#include "app-node/tray/node_words.h"
#include "shared/widgets/card.h"

class QMenu;

namespace higgs::widgets {
class Button;
class Label;
class ToggleSwitch;
} // namespace higgs::widgets

namespace higgs::node {

/// The tray's shape of the state, in its colour.
class StateMark : public QWidget
{
    Q_OBJECT

public:
    explicit StateMark(QWidget *parent = nullptr);

    void show(widgets::TrayShape shape, Mood mood);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    widgets::TrayShape m_shape = widgets::TrayShape::Off;
    Mood m_mood = Mood::Quiet;
};

class ShareCard : public widgets::Card
{
    Q_OBJECT

public:
    explicit ShareCard(QWidget *parent = nullptr);

    /// `on`: what the owner wants; `mayPause`: there is something to pause.
    void setContents(const Words &words, bool on, bool enabled, bool mayPause);
    void setError(const QString &sentence);

Q_SIGNALS:
    void switched(bool on);
    void deedWanted(higgs::node::Deed deed);
    void pauseWanted();
    void pauseUntilTomorrowWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    void retranslate();

    widgets::Label *m_name;
    widgets::ToggleSwitch *m_switch;
    StateMark *m_mark;
    widgets::Label *m_title;
    widgets::Label *m_sentence;
    widgets::Label *m_error;
    QWidget *m_deedRow; ///< the button with the room above it
    widgets::Button *m_button;
    widgets::Button *m_pause;
    QMenu *m_pauseMenu;
    QAction *m_hour;
    QAction *m_tomorrow;
    Deed m_deed = Deed::None;
};

} // namespace higgs::node
