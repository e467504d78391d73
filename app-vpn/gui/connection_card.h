// SPDX-License-Identifier: GPL-3.0-or-later
// The card under the state: the place, and while connected its addresses, path, figures and graph.
#pragma once

#include "app-vpn/gui/state_view.h"
#include "shared/widgets/card.h"
#include "shared/widgets/flag.h"

class QGridLayout;

namespace higgs::widgets {
class Chip;
class CopyField;
class FigureLabel;
class Label;
class TrafficGraph;
} // namespace higgs::widgets

namespace higgs::vpn {

class PlaceButton;

class ConnectionCard : public widgets::Card
{
    Q_OBJECT

public:
    explicit ConnectionCard(widgets::Flags &flags, QWidget *parent = nullptr);

    /// `now` and `wall` are the same moment.
    void setContents(const ClientView &view, const StateView &state, Monotonic now, WallTime wall);
    /// Once a second while connected, for the duration and for silence in the graph.
    void tick(Monotonic now, WallTime wall);
    /// The graph and its figures give way where there is something to be said.
    void setFiguresShown(bool shown);
    /// Its first control, for the order of Tab.
    QWidget *place() const;

Q_SIGNALS:
    void placePressed();

protected:
    void changeEvent(QEvent *event) override;

private:
    void buildDetails();
    void retranslate();
    void showPlace(WallTime wall);
    QString targetBelow() const;
    void showFigures();
    void showAddresses();
    void showChips(const std::vector<ChipView> &chips);

    PlaceButton *m_place;
    QWidget *m_chipRow;
    std::vector<widgets::Chip *> m_chips;
    QWidget *m_details;
    widgets::Label *m_addressName;
    widgets::Label *m_ownAddress;
    widgets::CopyField *m_address;
    widgets::CopyField *m_addressV6;
    QWidget *m_flow; ///< graph and figures
    widgets::TrafficGraph *m_graph;
    std::array<widgets::Label *, 4> m_names{}; ///< down, up, round trip, health
    std::array<widgets::FigureLabel *, 4> m_figures{};
    ClientView m_view;
    bool m_shows = false; ///< details
};

} // namespace higgs::vpn
