// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/page.h"

#include "shared/widgets/button.h"
#include "shared/widgets/scroll_column.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QVBoxLayout>

namespace higgs::widgets {

Page::Page(const QString &title, QWidget *parent)
    : QWidget(parent),
      m_back(new IconButton(Glyph::Back, this)),
      m_title(new Label(TextStyle::Title, Ink::Text, this)),
      m_head(new QHBoxLayout),
      m_scroll(new ScrollColumn(Grid))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    m_head->setContentsMargins(2 * Grid, Grid, 2 * Grid, Grid);
    m_head->setSpacing(Grid);
    m_back->setObjectName(QStringLiteral("backButton"));
    m_head->addWidget(m_back, 0, Qt::AlignTop);
    m_title->setMinimumHeight(ControlHeight);
    m_head->addWidget(m_title, 1);
    all->addLayout(m_head);

    all->addWidget(m_scroll, 1);

    connect(m_back, &IconButton::clicked, this, &Page::back);
    setTitle(title);
    retranslate();
}

void Page::setTitle(const QString &title)
{
    m_title->setText(title);
    setAccessibleName(title);
}

void Page::setBackVisible(bool visible)
{
    m_back->setVisible(visible);
    m_head->setContentsMargins(visible ? 2 * Grid : Margin, Grid, 2 * Grid, Grid);
}

void Page::toTop()
{
    m_scroll->toTop();
}

void Page::retranslate()
{
    m_back->setName(tr("Back"));
}

void Page::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

QVBoxLayout *Page::body() const
{
    return m_scroll->body();
}

void Page::keyPressEvent(QKeyEvent *event)
{
    if ((event->key() == Qt::Key_Escape || event->matches(QKeySequence::Back)) &&
        !m_back->isHidden()) {
        Q_EMIT back();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace higgs::widgets
