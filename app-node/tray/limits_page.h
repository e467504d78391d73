// SPDX-License-Identifier: GPL-3.0-or-later
// How much is shared, with how many, and when. What is set applies at once.
#pragma once

#include "app-node/tray/node_link.h"

#include <QWidget>

class QVBoxLayout;

namespace higgs::widgets {
class Button;
class ChoiceBox;
class Label;
class Page;
class SettingsGroup;
class SettingsRow;
class ToggleSwitch;
} // namespace higgs::widgets

namespace higgs::node {

class AmountRow;
class ScheduleFrame;

class LimitsPage : public QWidget
{
    Q_OBJECT

public:
    explicit LimitsPage(NodeLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    void buildAmounts(QVBoxLayout &body);
    void buildHours(QVBoxLayout &body);
    void buildSwitches(QVBoxLayout &body);
    void wire();
    void set(const char *name, const protocol::Json &value);
    void refresh();
    void retranslate();
    void sayNeighbour();

    NodeLink &m_link;
    int m_sending = 0; ///< changes without an answer: the view lags behind them
    widgets::Page *m_page;
    widgets::Label *m_error;
    widgets::SettingsGroup *m_speed;
    AmountRow *m_down;
    AmountRow *m_up;
    AmountRow *m_guests;
    widgets::SettingsGroup *m_volume;
    AmountRow *m_monthly;
    widgets::ChoiceBox *m_resetDay;
    widgets::SettingsRow *m_resetRow;
    widgets::SettingsGroup *m_hours;
    ScheduleFrame *m_schedule;
    widgets::Label *m_hoursText;
    widgets::Button *m_always;
    widgets::SettingsGroup *m_courtesy;
    widgets::ToggleSwitch *m_neighbour;
    widgets::SettingsRow *m_neighbourRow;
    widgets::ToggleSwitch *m_battery;
    widgets::SettingsRow *m_batteryRow;
    widgets::ToggleSwitch *m_metered;
    widgets::SettingsRow *m_meteredRow;
};

} // namespace higgs::node
