// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/card.h"

#include "shared/widgets/tokens.h"

#include <QPainter>
#include <QVBoxLayout>

namespace higgs::widgets {

Card::Card(QWidget *parent) : QWidget(parent), m_body(new QVBoxLayout(this))
{
    m_body->setContentsMargins(2 * Grid, 2 * Grid, 2 * Grid, 2 * Grid);
    m_body->setSpacing(Grid);
}

void Card::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(t.line, 1));
    painter.setBrush(t.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), CardRadius, CardRadius);
}

QVBoxLayout *headed(QWidget *heading, QWidget *what)
{
    auto *both = new QVBoxLayout;
    both->setSpacing(Grid);
    both->addWidget(heading);
    both->addWidget(what, 1);
    return both;
}

Divider::Divider(QWidget *parent) : QWidget(parent)
{
    setFixedHeight(1);
}

void Divider::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), tokensOf(*this).line);
}

} // namespace higgs::widgets
