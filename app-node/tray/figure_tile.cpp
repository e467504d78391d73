// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/figure_tile.h"

#include "shared/widgets/load_bar.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

FigureTile::FigureTile(QWidget *parent)
    : Card(parent),
      m_name(new Label(TextStyle::Caption, Ink::Secondary)),
      m_figure(new FigureLabel(TextStyle::Title)),
      m_bar(new LoadBar),
      m_note(new Label(TextStyle::Caption, Ink::Secondary))
{
    const int side = Grid + Grid / 2;
    body()->setContentsMargins(side, side, side, side);
    body()->setSpacing(Grid / 2);
    body()->addWidget(m_name);
    body()->addWidget(m_figure);
    body()->addWidget(m_bar);
    body()->addWidget(m_note);
    body()->addStretch(1);
    m_bar->hide();
}

void FigureTile::setName(const QString &name)
{
    m_name->setText(name);
    tell();
}

void FigureTile::setFigure(const QString &figure, const QString &note)
{
    m_figure->setText(figure);
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    tell();
}

void FigureTile::setShare(double share)
{
    m_bar->setVisible(share >= 0);
    m_bar->setShare(share);
}

void FigureTile::tell()
{
    setAccessibleName((m_name->text() + QStringLiteral(": ") + m_figure->text() + QLatin1Char(' ') +
                       m_note->text())
                          .
                          operator QString()
                          .trimmed());
    m_bar->setAccessibleName(m_name->text());
}

} // namespace higgs::node
