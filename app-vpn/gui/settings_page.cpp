// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/settings_page.h"

#include "app-vpn/gui/connection_settings.h"
#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/preferences.h"
#include "shared/widgets/button.h"
#include "shared/widgets/page.h"
#include "shared/widgets/server_settings.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/window_settings.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::vpn {

SettingsPage::SettingsPage(const Parts &parts, QWidget *parent)
    : QWidget(parent),
      m_link(parts.link),
      m_page(new widgets::Page(QString(), this)),
      m_server(new widgets::ServerSettings(parts.link.line(), parts.keys)),
      m_about(new widgets::Label(widgets::TextStyle::Caption, widgets::Ink::Secondary)),
      m_diagnostics(new widgets::Button)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_diagnostics->setObjectName(QStringLiteral("settingsDiagnostics"));
    QVBoxLayout *body = m_page->body();
    body->setSpacing(widgets::Margin);
    body->addWidget(new ConnectionSettings(parts.link));
    body->addWidget(m_server);
    body->addWidget(new widgets::WindowSettings(parts.preferences, parts.theme, parts.language,
                                                parts.autostart));
    body->addWidget(m_diagnostics, 0, Qt::AlignLeft);
    body->addWidget(m_about);
    body->addStretch(1);

    connect(m_page, &widgets::Page::back, this, &SettingsPage::done);
    connect(m_server, &widgets::ServerSettings::changeServerWanted, this,
            &SettingsPage::changeServerWanted);
    connect(m_diagnostics, &QPushButton::clicked, this, &SettingsPage::diagnosticsWanted);
    connect(&m_link, &DaemonLink::linkChanged, this, &SettingsPage::retranslate);
    retranslate();
}

void SettingsPage::enterKey()
{
    m_server->enterKey();
}

void SettingsPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void SettingsPage::retranslate()
{
    m_page->setTitle(tr("Settings"));
    m_diagnostics->setText(tr("Diagnostics"));
    m_about->setText(tr("HiggsVPN %1, service %2. Free software under the GNU General Public "
                        "License, version 3 or later.")
                         .arg(QStringLiteral(HIGGS_VERSION), m_link.line().daemonVersion().isEmpty()
                                                                 ? tr("unknown")
                                                                 : m_link.line().daemonVersion()));
}

} // namespace higgs::vpn
