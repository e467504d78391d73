// SPDX-License-Identifier: GPL-3.0-or-later
// Traffic of the last days as bars, one a day, days without traffic included.
#pragma once

#include "app-node/tray/node_view.h"

#include <QWidget>

namespace higgs::node {

class HistoryChart : public QWidget
{
    Q_OBJECT

public:
    static constexpr int Days = 31;

    explicit HistoryChart(QWidget *parent = nullptr);

    void setDays(const std::vector<HistoryDay> &days, QDate today);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] QRectF slot(int index) const;

    std::vector<HistoryDay> m_days; ///< the newest last
};

/// Exactly `count` days up to `today`, oldest first; those that are missing have no traffic.
std::vector<HistoryDay> everyDay(const std::vector<HistoryDay> &days, QDate today, int count);

} // namespace higgs::node
