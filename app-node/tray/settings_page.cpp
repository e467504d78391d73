// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/settings_page.h"

#include "app-node/tray/place_fields.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/banner.h"
#include "shared/widgets/button.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/server_settings.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/window_preferences.h"
#include "shared/widgets/window_settings.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

SettingsPage::SettingsPage(const Parts &parts, QWidget *parent)
    : QWidget(parent),
      m_link(parts.link),
      m_page(new Page(QString(), this)),
      m_place(new PlaceFields),
      m_server(new ServerSettings(parts.link.line(), parts.keys)),
      m_router(new SettingsGroup),
      m_mapping(new ToggleSwitch),
      m_mappingRow(new SettingsRow(m_mapping)),
      m_consent(new SettingsGroup),
      m_withdraw(new Button),
      m_withdrawRow(new SettingsRow(m_withdraw)),
      m_update(new Banner),
      m_about(new Label(TextStyle::Caption, Ink::Secondary))
{
    build(parts);
    connect(m_page, &Page::back, this, &SettingsPage::done);
    connect(m_server, &ServerSettings::changeServerWanted, this, &SettingsPage::changeServerWanted);
    connect(m_mapping, &QAbstractButton::clicked, this, &SettingsPage::setMapping);
    connect(m_withdraw, &QPushButton::clicked, this, &SettingsPage::withdraw);
    connect(m_place, &PlaceFields::countryChosen, this,
            [this](const QString &country) { set(QStringLiteral("country"), country); });
    connect(m_place, &PlaceFields::regionChosen, this,
            [this](const QString &region) { set(QStringLiteral("region"), region); });
    connect(&m_link, &NodeLink::viewChanged, this, &SettingsPage::refresh);
    connect(&m_link, &NodeLink::linkChanged, this, &SettingsPage::refresh);
    refresh();
}

void SettingsPage::build(const Parts &parts)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_withdraw->setObjectName(QStringLiteral("consentButton"));
    m_consent->addRow(m_withdrawRow);
    m_mapping->setObjectName(QStringLiteral("portMappingSwitch"));
    m_router->addRow(m_mappingRow);
    QVBoxLayout *body = m_page->body();
    body->setSpacing(Margin);
    m_update->setObjectName(QStringLiteral("updateBanner"));
    body->addWidget(m_update);
    body->addWidget(m_place);
    body->addWidget(m_server);
    body->addWidget(m_router);
    body->addWidget(m_consent);
    body->addWidget(
        new WindowSettings(parts.preferences, parts.theme, parts.language, parts.autostart));
    body->addWidget(m_about);
    body->addStretch(1);
}

void SettingsPage::enterKey()
{
    m_server->enterKey();
}

void SettingsPage::set(const QString &key, const QString &value)
{
    if (key == QLatin1String("country") && value.isEmpty())
        return;
    m_link.set(key, value).then(this, [this](const Result<void> &set) {
        m_place->setError(set ? QString() : refusalText(set.error()));
        refresh();
    });
}

void SettingsPage::setMapping(bool on)
{
    ++m_mappingSent;
    m_link.setLimits(protocol::Json{{"portMapping", on}})
        .then(this, [this](const Result<void> &set) {
            --m_mappingSent;
            m_mappingRow->setError(set ? QString() : refusalText(set.error()));
            refresh(); // to what is in force, which is the old value after a refusal
        });
}

void SettingsPage::sayMapping()
{
    const NodeView &view = m_link.view();
    const QString &state = view.portMapping;
    QString now;
    if (state == QLatin1String("mapped"))
        now = tr("It is open now.");
    else if (state == QLatin1String("refused") || state == QLatin1String("unavailable"))
        now = tr("This router does not do it; its own page may have a switch for UPnP.");
    else if (state == QLatin1String("behind-another-nat"))
        now = tr("It would not help here, as the router is behind another one.");
    else if (state == QLatin1String("mismatch"))
        now = tr("What the router says is not what others see, so it is not used.");
    const QString what = tr("While you share, your router lets guests come straight to this "
                            "computer, so that fewer take the detour by the server. The port is "
                            "closed again afterwards.");
    m_router->setTitle(tr("Your router"));
    m_mappingRow->setTexts(tr("Ask it to open a port"),
                           now.isEmpty() ? what : QString(what + QLatin1Char(' ') + now));
    if (m_mappingSent == 0)
        m_mapping->setChecked(view.limits.portMapping);
}

void SettingsPage::withdraw()
{
    if (!m_link.view().consent) {
        Q_EMIT firstRunWanted();
        return;
    }
    m_link.setConsent(false).then(this, [this](const Result<void> &withdrawn) {
        m_withdrawRow->setError(withdrawn ? QString() : refusalText(withdrawn.error()));
    });
}

void SettingsPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void SettingsPage::refresh()
{
    const NodeView &view = m_link.view();
    m_page->setTitle(tr("Settings"));
    m_place->setTitle(tr("Where this home is"));
    m_place->setPlace(view.chosenCountry, view.chosenRegion);
    m_place->setFixed(view.fixed.contains(QStringLiteral("country")),
                      view.fixed.contains(QStringLiteral("region")));
    sayMapping();
    m_consent->setTitle(tr("Your consent"));
    m_withdrawRow->setTexts(view.consent ? tr("You agreed to share") : tr("You have not agreed"),
                            view.consent ? tr("Taking it back ends sharing at once.")
                                         : tr("Nothing can be shared without it."));
    m_withdraw->setText(view.consent ? tr("Take back") : tr("Read"));
    m_about->setText(tr("HiggsNode %1, service %2. Free software under the GNU General Public "
                        "License, version 3 or later.")
                         .arg(QStringLiteral(HIGGS_VERSION), m_link.line().daemonVersion().isEmpty()
                                                                 ? tr("unknown")
                                                                 : m_link.line().daemonVersion()));
    const QString ours = QStringLiteral(HIGGS_VERSION);
    const auto later = laterVersion(view.server ? view.server->version : QString(), ours);
    m_update->setVisible(later.has_value());
    if (later)
        m_update->setContents(Tone::Notice, tr("HiggsNode %1 is out, and this is %2. Update it in "
                                               "the way you installed it.",
                                               "%1, %2: versions")
                                                .arg(*later, ours));
}

} // namespace higgs::node
