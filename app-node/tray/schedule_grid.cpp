// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/schedule_grid.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTime>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int RowHeight = 24;
constexpr int ScaleHeight = 20;
constexpr int NamesWidth = 32;
constexpr int ScaleStep = 6;
constexpr int LegendHeight = 28;
constexpr QSize Swatch(12, 20);
constexpr int SwatchGap = 6;  // to its words
constexpr int LegendGap = 20; // to the next one

QFont captionFont()
{
    return fontOf(TextStyle::Caption, QApplication::font());
}

/// On: filled, off: an empty cell.
void paintCell(QPainter &painter, const Tokens &t, const QRectF &cell, bool on)
{
    painter.setPen(on ? QPen(Qt::NoPen) : QPen(emptyCell(t), 1));
    painter.setBrush(on ? QBrush(t.accent) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(on ? cell : cell.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
}

/// The chosen ones have a frame.
class CellDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const Tokens &t = tokensOf(*option.widget);
        const bool on = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        const QRectF cell = QRectF(option.rect).adjusted(1, 1, -1, -1);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        paintCell(*painter, t, cell, on);
        const auto *view = static_cast<const QTableView *>(option.widget);
        const bool chosen = option.state.testFlag(QStyle::State_Selected);
        if (showsFocus(*view) && (chosen || view->currentIndex() == index)) {
            painter->setBrush(Qt::NoBrush);
            painter->setPen(QPen(t.text, view->currentIndex() == index ? 2 : 1));
            painter->drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        }
        painter->restore();
    }
};

} // namespace

void ScheduleModel::setSchedule(const WeekSchedule &schedule)
{
    if (schedule == m_schedule)
        return;
    m_schedule = schedule;
    Q_EMIT dataChanged(index(0, 0), index(WeekSchedule::Days - 1, WeekSchedule::Hours - 1));
}

int ScheduleModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : WeekSchedule::Days;
}

int ScheduleModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : WeekSchedule::Hours;
}

QVariant ScheduleModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const bool on = m_schedule.allows(index.row(), index.column());
    if (role == Qt::CheckStateRole)
        return on ? Qt::Checked : Qt::Unchecked;
    if (role == Qt::AccessibleTextRole || role == Qt::ToolTipRole) {
        const QLocale locale;
        const QString when = locale.standaloneDayName(index.row() + 1) + QLatin1Char(' ') +
                             locale.toString(QTime(index.column(), 0), QLocale::ShortFormat);
        return on ? tr("%1, shared", "%1: Monday 14:00").arg(when)
                  : tr("%1, not shared", "%1: Monday 14:00").arg(when);
    }
    return {};
}

QVariant ScheduleModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const QLocale locale;
    if (role == Qt::DisplayRole && orientation == Qt::Vertical)
        return locale.standaloneDayName(section + 1, QLocale::ShortFormat);
    if (role == Qt::AccessibleTextRole && orientation == Qt::Vertical)
        return locale.standaloneDayName(section + 1);
    if (role == Qt::AccessibleTextRole && orientation == Qt::Horizontal)
        return locale.toString(QTime(section, 0), QLocale::ShortFormat);
    return {};
}

ScheduleGrid::ScheduleGrid(QWidget *parent) : QTableView(parent)
{
    setObjectName(QStringLiteral("scheduleGrid"));
    setModel(&m_model);
    setItemDelegate(new CellDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setTabKeyNavigation(false);
    setEditTriggers(NoEditTriggers);
    setSelectionMode(ContiguousSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::ArrowCursor);
    horizontalHeader()->hide();
    verticalHeader()->hide();
    horizontalHeader()->setMinimumSectionSize(4);
    verticalHeader()->setMinimumSectionSize(4);
    setCurrentIndex(m_model.index(0, 0));
    // What is chosen is framed by the delegate, and only while the keyboard is here.
    QPalette plain;
    plain.setColor(QPalette::Highlight, Qt::transparent);
    setPalette(plain);
    changeEvent(nullptr);
}

QSize ScheduleGrid::sizeHint() const
{
    return {WeekSchedule::Hours * 12, WeekSchedule::Days * RowHeight};
}

QSize ScheduleGrid::minimumSizeHint() const
{
    return {WeekSchedule::Hours * Grid, sizeHint().height()};
}

void ScheduleGrid::setSchedule(const WeekSchedule &schedule)
{
    if (!m_drawing)
        m_model.setSchedule(schedule);
}

QModelIndex ScheduleGrid::cellAt(const QPoint &point) const
{
    const int column = columnAt(std::clamp(point.x(), 0, viewport()->width() - 1));
    const int row = rowAt(std::clamp(point.y(), 0, viewport()->height() - 1));
    return m_model.index(row, column);
}

void ScheduleGrid::mousePressEvent(QMouseEvent *event)
{
    const QModelIndex cell = cellAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || !cell.isValid())
        return;
    m_drawing = true;
    m_from = cell;
    m_before = m_model.schedule();
    m_ink = !m_before.allows(cell.row(), cell.column());
    stroke(cell);
}

void ScheduleGrid::mouseMoveEvent(QMouseEvent *event)
{
    if (m_drawing)
        stroke(cellAt(event->position().toPoint()));
}

void ScheduleGrid::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !m_drawing)
        return;
    m_drawing = false;
    Q_EMIT painted(m_model.schedule());
}

void ScheduleGrid::stroke(const QModelIndex &to)
{
    if (!to.isValid())
        return;
    setCurrentIndex(to);
    // A rectangle, as the fingers move: what it no longer covers is as it was.
    WeekSchedule schedule = m_before;
    schedule.fill(m_from.row(), m_from.column(), to.row(), to.column(), m_ink);
    m_model.setSchedule(schedule);
}

void ScheduleGrid::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Select:
        toggleChosen();
        return;
    default:
        QTableView::keyPressEvent(event);
    }
}

void ScheduleGrid::toggleChosen()
{
    const QModelIndex at = currentIndex();
    if (!at.isValid())
        return;
    WeekSchedule schedule = m_model.schedule();
    const bool ink = !schedule.allows(at.row(), at.column());
    schedule.set(at.row(), at.column(), ink);
    for (const QModelIndex &each : selectionModel()->selectedIndexes())
        schedule.set(each.row(), each.column(), ink);
    m_model.setSchedule(schedule);
    Q_EMIT painted(schedule);
}

void ScheduleGrid::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    arrange();
}

void ScheduleGrid::arrange()
{
    // The widths differ by a pixel at most, so that the last hour ends at the edge.
    const int width = viewport()->width();
    for (int hour = 0; hour < WeekSchedule::Hours; ++hour)
        setColumnWidth(hour, (hour + 1) * width / WeekSchedule::Hours -
                                 hour * width / WeekSchedule::Hours);
    for (int day = 0; day < WeekSchedule::Days; ++day)
        setRowHeight(day, RowHeight);
}

void ScheduleGrid::changeEvent(QEvent *event)
{
    if (event != nullptr)
        QTableView::changeEvent(event);
    if (event == nullptr || event->type() == QEvent::LanguageChange) {
        setAccessibleName(tr("Hours in which you share"));
        setAccessibleDescription(tr("Arrows move, Space changes an hour, Shift with arrows chooses "
                                    "several"));
        update();
    }
}

ScheduleFrame::ScheduleFrame(QWidget *parent) : QWidget(parent), m_grid(new ScheduleGrid)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(NamesWidth, ScaleHeight, 0, LegendHeight);
    all->addWidget(m_grid);
    setFocusProxy(m_grid);
}

void ScheduleFrame::paintEvent(QPaintEvent *)
{
    // Sections of a header would be too narrow for these names.
    const QRect cells = m_grid->geometry();
    QPainter painter(this);
    painter.setFont(captionFont());
    painter.setPen(tokensOf(*this).secondary);
    const QLocale locale;
    for (int day = 0; day < WeekSchedule::Days; ++day)
        painter.drawText(QRect(0, cells.top() + day * RowHeight, NamesWidth, RowHeight),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         locale.standaloneDayName(day + 1, QLocale::ShortFormat));
    for (int hour = 0; hour <= WeekSchedule::Hours; hour += ScaleStep) {
        const int x = cells.left() + hour * cells.width() / WeekSchedule::Hours;
        const bool last = hour == WeekSchedule::Hours;
        painter.drawText(QRect(last ? x - cells.width() : x, 0, cells.width(), ScaleHeight),
                         (last ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop,
                         locale.toString(hour));
    }
    paintLegend(painter, {cells.left(), cells.bottom() + 1 + LegendHeight - Swatch.height()});
}

void ScheduleFrame::paintLegend(QPainter &painter, QPoint at)
{
    const Tokens &t = tokensOf(*this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const bool on : {true, false}) {
        const QRect cell(at, Swatch);
        paintCell(painter, t, QRectF(cell).adjusted(1, 1, -1, -1), on);
        const QString words = on ? tr("guests may come") : tr("nobody comes");
        painter.setPen(t.secondary);
        const QRect room(cell.right() + 1 + SwatchGap, cell.top(), width(), cell.height());
        QRect taken;
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter, words, &taken);
        at.setX(taken.right() + LegendGap);
    }
}

void ScheduleFrame::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        update();
    QWidget::changeEvent(event);
}

} // namespace higgs::node
