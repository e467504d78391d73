// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/scroll_column.h"

#include "shared/widgets/tokens.h"

#include <QHBoxLayout>
#include <QScrollBar>
#include <QShowEvent>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr int Widest = 560;

} // namespace

ScrollColumn::ScrollColumn(int top, QWidget *parent)
    : QScrollArea(parent), m_top(top), m_column(new QWidget), m_body(new QVBoxLayout(m_column))
{
    m_body->setSpacing(2 * Grid);
    auto *ground = new QWidget;
    auto *across = new QHBoxLayout(ground);
    across->setContentsMargins(0, 0, 0, 0);
    across->addStretch(0);
    across->addWidget(m_column, 1);
    across->addStretch(0);
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    setWidget(ground);
    connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, &ScrollColumn::makeRoom);
    makeRoom();
}

void ScrollColumn::makeRoom()
{
    // The column's inside is as wide with the bar as without: or the bar could come and go for
    // ever.
    const int bar =
        verticalScrollBar()->maximum() > 0 ? verticalScrollBar()->sizeHint().width() : 0;
    m_column->setMaximumWidth(Widest - bar);
    m_body->setContentsMargins(Margin, m_top, Margin - bar, Margin);
}

void ScrollColumn::toTop()
{
    verticalScrollBar()->setValue(0);
}

void ScrollColumn::showEvent(QShowEvent *event)
{
    QScrollArea::showEvent(event);
    if (!event->spontaneous())
        toTop();
}

} // namespace higgs::widgets
