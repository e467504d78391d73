// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/connection_card.h"

#include "app-vpn/gui/picker_rows.h"
#include "app-vpn/gui/place_button.h"
#include "shared/widgets/chip.h"
#include "shared/widgets/copy_field.h"
#include "shared/widgets/country_names.h"
#include "shared/widgets/flow_layout.h"
#include "shared/widgets/format.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/traffic_graph.h"

#include <QEvent>
#include <QGridLayout>
#include <QVBoxLayout>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr std::size_t Down = 0;
constexpr std::size_t Up = 1;
constexpr std::size_t RoundTrip = 2;
constexpr std::size_t Signal = 3;

QString dash()
{
    return QStringLiteral("\u2013");
}

} // namespace

ConnectionCard::ConnectionCard(Flags &flags, QWidget *parent)
    : Card(parent), m_place(new PlaceButton(flags)), m_chipRow(new QWidget), m_details(new QWidget)
{
    body()->setContentsMargins(0, 0, 0, 0);
    body()->setSpacing(0);
    m_place->setObjectName(QStringLiteral("pickerButton"));
    connect(m_place, &QAbstractButton::clicked, this, &ConnectionCard::placePressed);
    body()->addWidget(m_place);
    auto *chips = new FlowLayout(Grid, m_chipRow);
    chips->setContentsMargins(2 * Grid, 0, 2 * Grid, 2 * Grid);
    m_chipRow->hide();
    body()->addWidget(m_chipRow);
    body()->addWidget(m_details);
    buildDetails();
    setTabOrder(m_place, m_address);
    setTabOrder(m_address, m_addressV6);
    retranslate();
}

void ConnectionCard::buildDetails()
{
    auto *all = new QVBoxLayout(m_details);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(new Divider);

    auto *addresses = new QGridLayout;
    addresses->setContentsMargins(2 * Grid, Grid, Grid, Grid);
    addresses->setHorizontalSpacing(Grid);
    addresses->setVerticalSpacing(0);
    addresses->setColumnStretch(1, 1);
    m_addressName = new Label(TextStyle::Caption, Ink::Secondary);
    m_addressName->setWordWrap(false);
    m_ownAddress = new Label(TextStyle::Caption, Ink::Secondary);
    m_ownAddress->setObjectName(QStringLiteral("ownAddress"));
    m_ownAddress->setWordWrap(false);
    m_ownAddress->setStruckOut();
    m_ownAddress->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_address = new CopyField;
    m_address->setObjectName(QStringLiteral("copyExitButton"));
    m_addressV6 = new CopyField;
    m_addressV6->setObjectName(QStringLiteral("copyExitV6Button"));
    addresses->addWidget(m_addressName, 0, 0);
    addresses->addWidget(m_ownAddress, 0, 1);
    addresses->addWidget(m_address, 0, 2);
    addresses->addWidget(m_addressV6, 1, 0, 1, 3);
    all->addLayout(addresses);

    m_flow = new QWidget;
    auto *flow = new QVBoxLayout(m_flow);
    flow->setContentsMargins(0, 0, 0, Grid + Grid / 2);
    flow->setSpacing(0);
    flow->addWidget(new Divider);
    m_graph = new TrafficGraph;
    m_graph->setObjectName(QStringLiteral("trafficGraph"));
    auto *figures = new QGridLayout;
    figures->setContentsMargins(2 * Grid, Grid, 2 * Grid, 0);
    figures->setHorizontalSpacing(Grid);
    figures->setVerticalSpacing(0);
    figures->addWidget(m_graph, 0, 0, 1, 4);
    figures->setRowMinimumHeight(1, Grid / 2);
    for (std::size_t i = 0; i < m_figures.size(); ++i) {
        // In their lines' colours: that is the graph's legend.
        const Ink ink = i == Down ? Ink::Accent : i == Up ? Ink::Secured : Ink::Secondary;
        m_names[i] = new Label(TextStyle::Caption, ink);
        m_names[i]->setWordWrap(false);
        m_figures[i] = new FigureLabel(TextStyle::CaptionStrong);
        figures->addWidget(m_names[i], 2, static_cast<int>(i));
        figures->addWidget(m_figures[i], 3, static_cast<int>(i));
        figures->setColumnStretch(static_cast<int>(i), 1);
    }
    m_figures[Down]->setObjectName(QStringLiteral("rateDown"));
    m_figures[Up]->setObjectName(QStringLiteral("rateUp"));
    m_figures[RoundTrip]->setObjectName(QStringLiteral("roundTrip"));
    m_figures[Signal]->setObjectName(QStringLiteral("health"));
    flow->addLayout(figures);
    all->addWidget(m_flow);
    m_details->hide();
}

void ConnectionCard::retranslate()
{
    m_addressName->setText(tr("Exit address"));
    m_names[Down]->setText(tr("Down", "traffic from the Internet"));
    m_names[Up]->setText(tr("Up", "traffic to the Internet"));
    m_names[RoundTrip]->setText(tr("Round trip"));
    m_names[Signal]->setText(tr("Signal", "how well the exit answers"));
}

void ConnectionCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Card::changeEvent(event);
}

void ConnectionCard::setContents(const ClientView &view, const StateView &state, Monotonic now,
                                 WallTime wall)
{
    m_view = view;
    showChips(state.chips);
    if (state.details)
        m_graph->take(now, view.rxBytes, view.txBytes);
    else
        m_graph->clear();
    m_shows = state.details;
    if (m_details->isHidden() == m_shows)
        m_details->setVisible(m_shows);
    showPlace(wall);
    if (!m_shows)
        return;
    showAddresses();
    showFigures();
}

void ConnectionCard::tick(Monotonic now, WallTime wall)
{
    if (!m_shows)
        return;
    m_graph->idle(now);
    showPlace(wall);
    showFigures();
}

void ConnectionCard::setFiguresShown(bool shown)
{
    if (m_flow->isHidden() == shown)
        m_flow->setVisible(shown);
}

QWidget *ConnectionCard::place() const
{
    return m_place;
}

void ConnectionCard::showPlace(WallTime wall)
{
    const bool standing = m_shows || m_view.state == State::Reconnecting;
    if (standing && !m_view.country.isEmpty()) {
        QStringList below;
        if (!m_view.region.isEmpty())
            below << regionName(m_view.region, m_view.country);
        if (m_view.since && m_shows)
            below << tr("connected %1", "%1: for how long, as a clock: 2:05")
                         .arg(clockText(wall - *m_view.since));
        m_place->setContents(m_view.country, countryName(m_view.country),
                             below.join(QStringLiteral(" \u00B7 ")));
        return;
    }
    const QString country = m_view.request ? m_view.request->country : m_view.settings.country;
    if (country.isEmpty())
        m_place->setContents({}, fastestText(), fastestBelow());
    else
        m_place->setContents(country, countryName(country), targetBelow());
}

/// A switch says from where, so that both ends of it are seen.
QString ConnectionCard::targetBelow() const
{
    if (m_view.switching && m_view.switchingFrom && !m_view.switchingFrom->country.isEmpty())
        return tr("Instead of %1", "an exit; %1: a place")
            .arg(placeText(m_view.switchingFrom->country, m_view.switchingFrom->region));
    return tr("Chosen country");
}

void ConnectionCard::showAddresses()
{
    const bool both = !m_view.exitAddressV6.isEmpty();
    m_address->setContents(tr("Exit address"),
                           m_view.exitAddress.isEmpty() ? dash() : m_view.exitAddress);
    m_address->setEnabled(!m_view.exitAddress.isEmpty());
    // Beside each other where both are of one family, and short enough for a line.
    const bool compared = !m_view.exitAddress.isEmpty() && !m_view.ownAddress.isEmpty() &&
                          m_view.ownAddress != m_view.exitAddress &&
                          !m_view.ownAddress.contains(u':') && !m_view.exitAddress.contains(u':');
    m_ownAddress->setText(compared ? m_view.ownAddress : QString());
    m_ownAddress->setAccessibleName(
        compared ? tr("Your own address, which websites do not see: %1").arg(m_view.ownAddress)
                 : QString());
    m_ownAddress->setToolTip(compared ? tr("Your own address. Websites do not see it.")
                                      : QString());
    m_addressV6->setContents(tr("Exit address, IPv6"), m_view.exitAddressV6);
    if (m_addressV6->isHidden() == both)
        m_addressV6->setVisible(both);
}

void ConnectionCard::showFigures()
{
    const TrafficHistory::Sample &rates = m_graph->history().newest();
    m_figures[Down]->setText(rateText(double{rates.down}));
    m_figures[Up]->setText(rateText(double{rates.up}));
    m_figures[RoundTrip]->setText(m_view.rttMs ? latencyText(*m_view.rttMs) : dash());
    m_figures[Signal]->setText(m_view.health ? healthText(*m_view.health) : dash());
}

void ConnectionCard::showChips(const std::vector<ChipView> &chips)
{
    while (m_chips.size() < chips.size()) {
        auto *chip = new Chip(m_chipRow);
        m_chipRow->layout()->addWidget(chip);
        setTabOrder(m_chips.empty() ? static_cast<QWidget *>(m_place) : m_chips.back(), chip);
        m_chips.push_back(chip);
    }
    for (std::size_t i = 0; i < m_chips.size(); ++i) {
        const bool used = i < chips.size();
        if (used)
            m_chips[i]->setContents(chips[i].glyph, chips[i].word, chips[i].reason);
        if (m_chips[i]->isHidden() == used)
            m_chips[i]->setVisible(used);
    }
    if (m_chipRow->isHidden() != chips.empty())
        m_chipRow->setVisible(!chips.empty());
}

} // namespace higgs::vpn
