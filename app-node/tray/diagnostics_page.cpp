// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/diagnostics_page.h"

#include "app-node/tray/service_words.h"
#include "shared/widgets/diagnostics_panel.h"
#include "shared/widgets/page.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

DiagnosticsPage::DiagnosticsPage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_page(new Page(QString(), this)),
      m_panel(new DiagnosticsPanel(link.line(), {QStringLiteral("higgs-node"), checkText,
                                                 [&link] { return stateSection(link); }}))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_page->body()->addWidget(m_panel, 1);
    connect(m_page, &Page::back, this, &DiagnosticsPage::done);
    retranslate();
}

QString DiagnosticsPage::report() const
{
    return m_panel->report();
}

void DiagnosticsPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void DiagnosticsPage::retranslate()
{
    m_page->setTitle(tr("Diagnostics"));
    m_panel->setTitle(tr("What sharing needs"));
}

} // namespace higgs::node
