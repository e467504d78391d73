// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/keys_page.h"

#include "shared/widgets/card.h"
#include "shared/widgets/page.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QGridLayout>
#include <QVBoxLayout>

namespace higgs::widgets {

KeysPage::KeysPage(std::function<Keys()> keys, QWidget *parent)
    : QWidget(parent), m_keys(std::move(keys)), m_page(new Page(QString(), this))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    auto *card = new Card;
    auto *table = new QGridLayout;
    table->setHorizontalSpacing(2 * Grid);
    table->setVerticalSpacing(Grid);
    table->setColumnStretch(1, 1);
    const Keys now = m_keys();
    for (std::size_t i = 0; i < now.size(); ++i) {
        const int row = static_cast<int>(i);
        m_rows.emplace_back(new Label(TextStyle::CaptionStrong), new Label(TextStyle::Body));
        m_rows.back().first->setWordWrap(false);
        table->addWidget(m_rows.back().first, row, 0, Qt::AlignVCenter);
        table->addWidget(m_rows.back().second, row, 1);
    }
    card->body()->addLayout(table);
    m_page->body()->addWidget(card);
    m_page->body()->addStretch(1);
    setFocusProxy(m_page);
    connect(m_page, &Page::back, this, &KeysPage::back);
    retranslate();
}

void KeysPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void KeysPage::retranslate()
{
    m_page->setTitle(tr("Keyboard"));
    const Keys now = m_keys();
    for (std::size_t i = 0; i < m_rows.size() && i < now.size(); ++i) {
        m_rows[i].first->setText(now[i].first.toString(QKeySequence::NativeText));
        m_rows[i].second->setText(now[i].second);
    }
}

} // namespace higgs::widgets
