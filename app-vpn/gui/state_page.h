// SPDX-License-Identifier: GPL-3.0-or-later
// The first thing seen: banner, ring, state, sentence, and the card below.
#pragma once

#include "app-vpn/gui/state_view.h"
#include "shared/widgets/flag.h"

#include <QTimer>
#include <QWidget>

class QMenu;

namespace higgs::widgets {
class Button;
class Label;
} // namespace higgs::widgets

namespace higgs::vpn {

class ConnectionCard;
class WayRibbon;

class StatePage : public QWidget
{
    Q_OBJECT

public:
    StatePage(DaemonLink &link, widgets::Flags &flags, QWidget *parent = nullptr);

    /// Takes what the link has; done by itself at every change of the link and of the view.
    void refresh();
    /// Why something was not done; stands until it is read or the state changes.
    void sayRefused(const QString &why);
    void focusPlace();
    /// Opens the menu of how long, where a pause is offered.
    void choosePause();

Q_SIGNALS:
    void wanted(higgs::vpn::Action action);
    void pauseWanted(int minutes);

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void tick();
    void announce(const StateView &state);
    void showWay();
    void showBanner(const std::optional<BannerView> &banner);

    DaemonLink &m_link;
    widgets::Banner *m_banner;
    widgets::StateRing *m_ring;
    widgets::Label *m_title;
    widgets::Label *m_sentence;
    widgets::Button *m_second;
    widgets::Label *m_consequence;
    WayRibbon *m_way;
    ConnectionCard *m_card;
    StateView m_state;
    QString m_refused;
    QTimer m_seconds;
};

/// "Pause for 5, 15, 60 minutes" as actions of a menu; `page` gets pauseWanted.
void addPauseActions(QMenu &menu, QObject *context, const std::function<void(int)> &pause);

} // namespace higgs::vpn
