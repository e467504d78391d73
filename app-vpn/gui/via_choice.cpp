// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/via_choice.h"

#include "shared/widgets/country_names.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>

namespace higgs::vpn {

using namespace widgets;

ViaChoice::ViaChoice(DaemonLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_name(new Label(TextStyle::Caption, Ink::Secondary)),
      m_choice(new QComboBox)
{
    auto *across = new QHBoxLayout(this);
    across->setContentsMargins(Margin, Grid, Margin, 2 * Grid);
    across->setSpacing(2 * Grid);
    m_choice->setObjectName(QStringLiteral("viaChoice"));
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    across->addWidget(m_name, 1);
    across->addWidget(m_choice, 1);
    connect(m_choice, &QComboBox::activated, this,
            [this](int index) { Q_EMIT chosen(m_choice->itemData(index).toString()); });
    connect(&m_link, &DaemonLink::viewChanged, this, &ViaChoice::refresh);
    connect(&m_link, &DaemonLink::placesChanged, this, &ViaChoice::refresh);
    retranslate();
}

void ViaChoice::retranslate()
{
    m_name->setText(tr("Enter through", "the first country of two hops"));
    m_choice->setAccessibleName(m_name->text());
    m_choice->clear();
    refresh();
}

void ViaChoice::refresh()
{
    const ClientView &view = m_link.view();
    setVisible(view.features.cascade);
    if (!view.features.cascade)
        return;
    QStringList codes{QString()};
    for (const Place &place : m_link.places()) {
        if (place.available > 0 && !codes.contains(place.country))
            codes << place.country;
    }
    if (!codes.contains(view.settings.via))
        codes << view.settings.via;
    QStringList shown;
    for (int i = 0; i < m_choice->count(); ++i)
        shown << m_choice->itemData(i).toString();
    if (shown != codes) {
        m_choice->clear();
        for (const QString &code : std::as_const(codes))
            m_choice->addItem(code.isEmpty() ? tr("None: one hop") : countryName(code), code);
    }
    m_choice->setCurrentIndex(m_choice->findData(view.settings.via));
}

void ViaChoice::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

} // namespace higgs::vpn
