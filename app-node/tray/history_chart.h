// SPDX-License-Identifier: GPL-3.0-or-later
// Amounts of times that follow each other as bars, those without any included.
#pragma once

#include "app-node/tray/node_view.h"

#include <QWidget>
#include <vector>

namespace higgs::node {

struct HistoryBar
{
    QString name; ///< of its time, for the tool tip
    quint64 bytes = 0;
};

class HistoryChart : public QWidget
{
    Q_OBJECT

public:
    explicit HistoryChart(QWidget *parent = nullptr);

    /// Oldest first; `first` and `last`: what stands under the ends. Name and description are whose
    /// made the bars.
    void setBars(std::vector<HistoryBar> bars, const QString &first, const QString &last);
    [[nodiscard]] quint64 total() const;
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] QRectF slot(int index) const;
    [[nodiscard]] int count() const { return static_cast<int>(m_bars.size()); }

    std::vector<HistoryBar> m_bars;
    QString m_first;
    QString m_last;
};

/// Exactly `count` days up to `today`, oldest first; those that are missing have no traffic.
std::vector<HistoryDay> everyDay(const std::vector<HistoryDay> &days, QDate today, int count);

} // namespace higgs::node
