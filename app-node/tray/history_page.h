// SPDX-License-Identifier: GPL-3.0-or-later
// What was shared, hour by hour and day by day: bars, and the days in figures, too.
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
    void showHours();
    void showDays(QDate today);

    NodeLink &m_link;
    widgets::Page *m_page;
    widgets::Label *m_dayTitle;
    widgets::Card *m_dayCard;
    HistoryChart *m_dayChart; ///< of the last day, hour by hour
    widgets::Label *m_chartTitle;
    widgets::Card *m_chartCard;
    HistoryChart *m_chart;
    widgets::Label *m_note;
    widgets::Label *m_error;
    widgets::Button *m_letter;
    widgets::Card *m_days;
    History m_history;
    bool m_known = false;
};

} // namespace higgs::node
