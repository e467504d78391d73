// SPDX-License-Identifier: GPL-3.0-or-later
// The week as 7 x 24 cells, painted by dragging or by keyboard: arrows, Shift to choose several,
// Space to change them.
#pragma once

#include "app-node/tray/week_schedule.h"

#include <QAbstractTableModel>
#include <QTableView>

namespace higgs::node {

/// A cell's words are its accessible text: "Monday 14:00, shared".
class ScheduleModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;

    [[nodiscard]] const WeekSchedule &schedule() const { return m_schedule; }
    void setSchedule(const WeekSchedule &schedule);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    WeekSchedule m_schedule;
};

class ScheduleGrid : public QTableView
{
    Q_OBJECT

public:
    explicit ScheduleGrid(QWidget *parent = nullptr);

    /// Passed over while a stroke is being drawn.
    void setSchedule(const WeekSchedule &schedule);
    [[nodiscard]] const WeekSchedule &schedule() const { return m_model.schedule(); }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// By a person, at the end of a stroke.
    void painted(const higgs::node::WeekSchedule &schedule);

protected:
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] QModelIndex cellAt(const QPoint &point) const;
    void stroke(const QModelIndex &to);
    void toggleChosen();
    void arrange();

    ScheduleModel m_model;
    bool m_drawing = false;
    bool m_ink = false;    ///< what the stroke paints
    QModelIndex m_from;    ///< where it began
    WeekSchedule m_before; ///< and on what
};

/// The grid with the names of days and hours around it.
class ScheduleFrame : public QWidget
{
    Q_OBJECT

public:
    explicit ScheduleFrame(QWidget *parent = nullptr);

    [[nodiscard]] ScheduleGrid &grid() { return *m_grid; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void paintLegend(QPainter &painter, QPoint at);

    ScheduleGrid *m_grid;
};

} // namespace higgs::node
