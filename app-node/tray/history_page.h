// SPDX-License-Identifier: GPL-3.0-or-later
// What was shared, day by day: bars, and the same in figures.
#pragma once

#include "app-node/tray/node_link.h"

#include <QWidget>

namespace higgs::widgets {
class Button;
class Card;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::node {

class HistoryChart;

class HistoryPage : public QWidget
{
    Q_OBJECT

public:
    explicit HistoryPage(NodeLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    void done();
    void letterWanted();

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void ask();
    void refresh();

    NodeLink &m_link;
    widgets::Page *m_page;
    widgets::Card *m_chartCard;
    HistoryChart *m_chart;
    widgets::Label *m_note;
    widgets::Label *m_error;
    widgets::Button *m_letter;
    widgets::Card *m_days;
    std::vector<HistoryDay> m_history;
    bool m_known = false;
};

} // namespace higgs::node
