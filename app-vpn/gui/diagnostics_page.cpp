// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/diagnostics_page.h"

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/diagnostics_text.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/diagnostics_panel.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace higgs::vpn {

using widgets::Button;
using widgets::Ink;
using widgets::Label;
using widgets::TextStyle;

DiagnosticsPage::DiagnosticsPage(DaemonLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new widgets::Page(QString(), this)),
      m_panel(new widgets::DiagnosticsPanel(link.line(), {QStringLiteral("higgs-vpn"), checkText,
                                                          [&link] { return stateSection(link); }})),
      m_restoreTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_restoreText(new Label(TextStyle::Body)),
      m_restore(new Button),
      m_keep(new Button),
      m_restored(new Label(TextStyle::Caption, Ink::Secondary))
{
    build();
    connect(m_page, &widgets::Page::back, this, &DiagnosticsPage::done);
    connect(m_restore, &QPushButton::clicked, this, &DiagnosticsPage::restore);
    connect(m_keep, &QPushButton::clicked, this, [this] {
        m_confirming = false;
        retranslate();
    });
    retranslate();
}

void DiagnosticsPage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_restore->setObjectName(QStringLiteral("restoreNetworkButton"));
    m_keep->setObjectName(QStringLiteral("restoreNetworkKeep"));
    m_restored->setObjectName(QStringLiteral("restoreNetworkResult"));
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_panel, 1);
    body->addSpacing(widgets::Grid);
    auto *restoreCard = new widgets::Card;
    restoreCard->body()->addWidget(m_restoreText);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(widgets::Grid);
    buttons->addWidget(m_restore);
    buttons->addWidget(m_keep);
    buttons->addStretch(1);
    restoreCard->body()->addLayout(buttons);
    restoreCard->body()->addWidget(m_restored);
    body->addLayout(widgets::headed(m_restoreTitle, restoreCard));
    m_restored->hide();
}

QString DiagnosticsPage::report() const
{
    return m_panel->report();
}

void DiagnosticsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_confirming = false;
    m_restored->hide();
    retranslate();
}

void DiagnosticsPage::restore()
{
    if (!m_confirming) {
        m_confirming = true;
        m_restored->hide();
        retranslate();
        m_keep->setFocus();
        return;
    }
    m_confirming = false;
    retranslate();
    m_link.restoreNetwork().then(this, [this](const Result<void> &restored) {
        m_restored->setText(restored ? tr("Done: the network is as it was before. Nothing is "
                                          "protected now.")
                                     : widgets::refusalText(restored.error()));
        m_restored->show();
        m_panel->ask();
    });
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
    m_panel->setTitle(tr("What a connection needs"));
    m_restoreTitle->setText(tr("If nothing else helps"));
    m_restoreText->setText(
        m_confirming ? tr("Really? The tunnel and the kill switch go away, lockdown is switched "
                          "off, and your traffic takes the normal line.")
                     : tr("Take the tunnel and the kill switch away and put the network back as it "
                          "was. Your traffic is not protected then."));
    m_restore->setText(m_confirming ? tr("Yes, restore") : tr("Restore the network"));
    m_keep->setText(tr("No, keep it"));
    m_keep->setVisible(m_confirming);
}

} // namespace higgs::vpn
