// SPDX-License-Identifier: GPL-3.0-or-later
// The window's first page: switch and state, three figures, the graph, and the ways to the others.
#pragma once

#include "app-node/tray/node_link.h"
#include "app-node/tray/node_words.h"

#include <QTimer>
#include <QWidget>

namespace higgs::widgets {
class Card;
class FigureLabel;
class Label;
class TrafficGraph;
} // namespace higgs::widgets

namespace higgs::node {

class FigureTile;
class NavTile;
class PointList;
class ShareCard;

class HomePage : public QWidget
{
    Q_OBJECT

public:
    explicit HomePage(NodeLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    void deedWanted(higgs::node::Deed deed);
    void safetyWanted();
    void limitsWanted();
    void guestsWanted();
    void historyWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    QWidget *buildGraph();
    QWidget *buildPlan();
    void showMiddle();
    void showSafety();
    void refresh();
    void showFigures();
    void showRates();
    void switchSharing(bool on);
    void tick();

    NodeLink &m_link;
    QTimer m_second;
    ShareCard *m_share;
    FigureTile *m_guests;
    FigureTile *m_today;
    FigureTile *m_month;
    widgets::Card *m_graphCard;
    widgets::Card *m_plan; ///< instead of the graph while nothing is shared
    widgets::Label *m_planTitle;
    PointList *m_planPoints;
    QWidget *m_rates;
    widgets::FigureLabel *m_down;
    widgets::FigureLabel *m_up;
    widgets::TrafficGraph *m_graph;
    NavTile *m_safetyTile;
    NavTile *m_limitsTile;
    NavTile *m_guestsTile;
    NavTile *m_historyTile;
};

} // namespace higgs::node
