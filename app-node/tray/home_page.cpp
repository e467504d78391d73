// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/home_page.h"

#include "app-node/tray/consent_cards.h"
#include "app-node/tray/figure_tile.h"
#include "app-node/tray/nav_tile.h"
#include "app-node/tray/share_card.h"
#include "shared/widgets/card.h"
#include "shared/widgets/format.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/scroll_column.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/traffic_graph.h"

#include <QEvent>
#include <QGridLayout>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int SecondMs = 1000;
constexpr int HourMinutes = 60;
constexpr int GraphHeight = 48;
constexpr int TallestGraph = 128;
constexpr int GraphStretch = 100; ///< the graph takes the room that is over, up to its tallest
constexpr double BytesPerMbit = 125'000;

} // namespace

HomePage::HomePage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_share(new ShareCard),
      m_guests(new FigureTile),
      m_today(new FigureTile),
      m_month(new FigureTile),
      m_graphCard(new Card),
      m_plan(new Card),
      m_planTitle(new Label(TextStyle::CaptionStrong)),
      m_planPoints(
          new PointList({Glyph::Shield, Glyph::Users, Glyph::Sliders}, TextStyle::Caption)),
      m_rates(new QWidget),
      m_down(new FigureLabel(TextStyle::Caption, Ink::Accent)),
      m_up(new FigureLabel(TextStyle::Caption, Ink::Secured)),
      m_graph(new TrafficGraph),
      m_safetyTile(new NavTile(Glyph::Shield)),
      m_limitsTile(new NavTile(Glyph::Sliders)),
      m_guestsTile(new NavTile(Glyph::Users)),
      m_historyTile(new NavTile(Glyph::Chart))
{
    m_rates->setObjectName(QStringLiteral("guestRates"));
    m_safetyTile->setObjectName(QStringLiteral("safetyButton"));
    m_limitsTile->setObjectName(QStringLiteral("limitsButton"));
    m_guestsTile->setObjectName(QStringLiteral("guestsButton"));
    m_historyTile->setObjectName(QStringLiteral("historyButton"));
    build();
    connect(m_share, &ShareCard::switched, this, &HomePage::switchSharing);
    connect(m_share, &ShareCard::deedWanted, this, &HomePage::deedWanted);
    connect(m_share, &ShareCard::pauseWanted, this, [this] { m_link.pauseMinutes(HourMinutes); });
    connect(m_share, &ShareCard::pauseUntilTomorrowWanted, &m_link, &NodeLink::pauseUntilTomorrow);
    connect(m_safetyTile, &NavTile::clicked, this, &HomePage::safetyWanted);
    connect(m_limitsTile, &NavTile::clicked, this, &HomePage::limitsWanted);
    connect(m_guestsTile, &NavTile::clicked, this, &HomePage::guestsWanted);
    connect(m_historyTile, &NavTile::clicked, this, &HomePage::historyWanted);
    connect(&m_link, &NodeLink::viewChanged, this, &HomePage::refresh);
    connect(&m_link, &NodeLink::linkChanged, this, &HomePage::refresh);
    connect(&m_link, &NodeLink::requestFailed, this, [this](const QString &, const Error &error) {
        refresh(); // a switch that was refused goes back
        m_share->setError(refusalText(error));
    });
    connect(&m_second, &QTimer::timeout, this, &HomePage::tick);
    m_second.start(SecondMs);
    refresh();
}

void HomePage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    auto *scroll = new ScrollColumn(0);
    all->addWidget(scroll);
    QVBoxLayout *lines = scroll->body();
    lines->addWidget(m_share);
    auto *figures = new QHBoxLayout;
    figures->setSpacing(Grid);
    for (FigureTile *tile : {m_guests, m_today, m_month})
        figures->addWidget(tile, 1);
    lines->addLayout(figures);
    lines->addWidget(buildGraph(), GraphStretch);
    lines->addWidget(buildPlan());
    auto *ways = new QGridLayout;
    ways->setSpacing(Grid);
    ways->setColumnStretch(0, 1);
    ways->setColumnStretch(1, 1);
    ways->addWidget(m_safetyTile, 0, 0);
    ways->addWidget(m_limitsTile, 0, 1);
    ways->addWidget(m_guestsTile, 1, 0);
    ways->addWidget(m_historyTile, 1, 1);
    lines->addLayout(ways);
    lines->addStretch(1);
}

QWidget *HomePage::buildGraph()
{
    auto *rates = new QHBoxLayout(m_rates);
    rates->setContentsMargins(0, 0, 0, 0);
    m_up->setAlignment(Qt::AlignRight);
    rates->addWidget(m_down);
    rates->addStretch(1);
    rates->addWidget(m_up);
    const int side = Grid + Grid / 2;
    m_graphCard->body()->setContentsMargins(side, side, side, side);
    m_graphCard->body()->setSpacing(Grid / 2);
    m_graphCard->body()->setSizeConstraint(QLayout::SetMinAndMaxSize);
    m_graphCard->body()->addWidget(m_rates);
    m_graph->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored); // what is over
    m_graph->setMinimumHeight(GraphHeight);
    m_graph->setMaximumHeight(TallestGraph);
    m_graphCard->body()->addWidget(m_graph, 1);
    return m_graphCard;
}

QWidget *HomePage::buildPlan()
{
    const int side = Grid + Grid / 2;
    m_plan->setObjectName(QStringLiteral("planCard"));
    m_plan->body()->setContentsMargins(side, side, side, side);
    m_plan->body()->setSpacing(Grid);
    m_plan->body()->addWidget(m_planTitle);
    m_plan->body()->addWidget(m_planPoints);
    return m_plan;
}

void HomePage::switchSharing(bool on)
{
    if (on && !m_link.view().consent) {
        refresh(); // nothing is on before the owner has agreed
        Q_EMIT deedWanted(Deed::Agree);
        return;
    }
    m_link.setSharing(on);
}

void HomePage::refresh()
{
    const NodeView &view = m_link.view();
    const bool up = m_link.linkState() == LinkState::Up;
    const WallTime now = wallNow();
    const bool mayPause =
        up && view.sharing && view.state != State::Problem && view.limit != LimitReason::Paused;
    m_share->setContents(wordsOf(m_link.linkState(), view, now), up && view.sharing, up, mayPause);
    showFigures();
    m_graph->take(monotonicNow(), view.txBytes, view.rxBytes);
    showMiddle();
    showSafety();
    m_limitsTile->setContents(tr("Limits"), limitsLine(view));
    m_guestsTile->setContents(tr("Guests"), view.guests == 0
                                                ? tr("Nobody is here")
                                                : tr("%n here now", "guests", view.guests));
    m_historyTile->setContents(tr("History"), tr("Day by day"));
}

/// It is the reason to trust the rest: its colour says so both ways.
void HomePage::showSafety()
{
    const Safety &safety = m_link.view().safety;
    const Ink ink = safety.state == SafetyState::Failed   ? Ink::Blocked
                    : safety.state == SafetyState::Passed ? Ink::Secured
                                                          : Ink::Secondary;
    m_safetyTile->setContents(tr("Safety"), safetyLine(safety, wallNow()), ink);
}

void HomePage::showMiddle()
{
    const NodeView &view = m_link.view();
    const bool off = view.state == State::Off;
    // Where a fault keeps everybody out there is nothing to draw, and more to say.
    m_graphCard->setVisible(!off && view.state != State::Problem);
    showRates();
    m_graph->setEmptyText(tr("Your guests' traffic will be drawn here."));
    // Before the switch moves one should know what it does; without consent or a server something
    // else comes first, and the card above says it.
    m_plan->setVisible(off && view.consent && view.server);
    m_planTitle->setText(tr("When you switch it on"));
    m_planPoints->setPoints(planPoints(view.limits));
}

void HomePage::showFigures()
{
    const NodeView &view = m_link.view();
    const QLocale locale;
    m_guests->setName(tr("Guests"));
    m_guests->setFigure(
        locale.toString(view.guests),
        tr("of %1", "guests of at most %1").arg(locale.toString(view.limits.maxGuests)));
    m_today->setName(tr("Today"));
    m_today->setFigure(bytesText(view.todayBytes), tr("%n guests", "", view.todayGuests));
    m_month->setName(tr("This month"));
    const quint64 cap = view.volume.capBytes;
    m_month->setFigure(bytesText(view.volume.usedBytes),
                       cap > 0 ? tr("of %1", "an amount of data").arg(bytesText(cap))
                               : tr("no limit"));
    m_month->setShare(
        cap > 0 ? static_cast<double>(view.volume.usedBytes) / static_cast<double>(cap) : -1);
    m_down->setText(tr("To guests: %1", "a rate").arg(rateText(view.txMbps * BytesPerMbit)));
    m_up->setText(tr("From guests: %1", "a rate").arg(rateText(view.rxMbps * BytesPerMbit)));
}

void HomePage::showRates()
{
    // What nobody sends is not shown as if somebody did; what was drawn stays drawn.
    m_rates->setVisible(!m_graph->isEmpty() && m_link.view().guests > 0);
}

void HomePage::tick()
{
    // Moments ("5 minutes ago") and the graph go on without news.
    m_graph->idle(monotonicNow());
    showRates();
    if (isVisible() && m_link.linkState() == LinkState::Up)
        showSafety();
}

void HomePage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

} // namespace higgs::node
