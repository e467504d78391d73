// SPDX-License-Identifier: GPL-3.0-or-later
// Two minutes of traffic: down as an area, up as a line, the scale in words.
#pragma once

#include "shared/widgets/traffic_history.h"

#include <QWidget>

class QPainter;

namespace higgs::widgets {

struct Tokens;

/// Painted once for each sample, and only while visible.
class TrafficGraph : public QWidget
{
    Q_OBJECT

public:
    explicit TrafficGraph(QWidget *parent = nullptr);

    void take(Monotonic now, quint64 down, quint64 up);
    void idle(Monotonic now);
    void clear();
    /// Stands in the middle while there is nothing to draw; empty: a flat line does.
    void setEmptyText(const QString &text);
    [[nodiscard]] bool isEmpty() const { return m_history.peak() <= 0; }
    const TrafficHistory &history() const { return m_history; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void retranslate();

    void paintEmpty(QPainter &painter, const Tokens &tokens) const;

    TrafficHistory m_history;
    QString m_emptyText;
};

/// The top of the scale for a peak: the next of 1, 2, 5 times a power of ten, at least 10 kB/s.
double scaleFor(double peak);

} // namespace higgs::widgets
