// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/state_page.h"

#include "app-vpn/gui/connection_card.h"
#include "app-vpn/gui/way_ribbon.h"
#include "shared/widgets/button.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QAccessible>
#include <QEvent>
#include <QMenu>
#include <QScrollArea>
#include <QVBoxLayout>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr int ColumnWidth = 400;
constexpr int SentenceLines = 2; // in every language: a shorter one leaves the second one free
constexpr int SecondMs = 1000;
constexpr int PauseMinutes[] = {5, 15, 60};

struct PauseTexts
{
    Q_DECLARE_TR_FUNCTIONS(StatePage)
};

} // namespace

StatePage::StatePage(DaemonLink &link, Flags &flags, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_banner(new Banner),
      m_ring(new StateRing),
      m_title(new Label(TextStyle::State)),
      m_sentence(new Label(TextStyle::Body, Ink::Secondary)),
      m_second(new Button(Importance::Quiet)),
      m_consequence(new Label(TextStyle::Caption, Ink::Secondary)),
      m_way(new WayRibbon),
      m_card(new ConnectionCard(flags))
{
    m_ring->setObjectName(QStringLiteral("powerButton"));
    m_title->setObjectName(QStringLiteral("stateTitle"));
    m_sentence->setObjectName(QStringLiteral("stateSentence"));
    m_second->setObjectName(QStringLiteral("secondButton"));
    m_way->setObjectName(QStringLiteral("wayRibbon"));
    m_consequence->setObjectName(QStringLiteral("stateConsequence"));
    m_sentence->setBalanced();
    m_consequence->setBalanced();
    m_consequence->setContentsMargins(0, Grid, 0, 0);
    m_title->setAlignment(Qt::AlignHCenter);
    m_sentence->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_consequence->setAlignment(Qt::AlignHCenter | Qt::AlignTop);

    auto *column = new QWidget;
    column->setMaximumWidth(ColumnWidth);
    auto *lines = new QVBoxLayout(column);
    // The ring and what can be done stand at one place in every state; only what is below grows.
    lines->setContentsMargins(Margin, Grid, Margin, 2 * Grid);
    lines->setSpacing(0);
    lines->addWidget(m_ring, 0, Qt::AlignHCenter);
    lines->addSpacing(Grid);
    lines->addWidget(m_title);
    lines->addSpacing(Grid / 2);
    lines->addWidget(m_sentence);
    lines->addWidget(m_second, 0, Qt::AlignHCenter);
    lines->addWidget(m_consequence);
    lines->addStretch();
    lines->addWidget(m_way);
    lines->addStretch();
    lines->addWidget(m_banner);
    lines->addSpacing(Grid);
    lines->addWidget(m_card);

    auto *middle = new QWidget;
    auto *across = new QHBoxLayout(middle);
    across->setContentsMargins(0, 0, 0, 0);
    across->addStretch(0);
    across->addWidget(column, 1);
    across->addStretch(0);
    auto *scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("statePage"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(middle);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(scroll);

    setTabOrder(m_ring, m_second);
    setTabOrder(m_second, m_banner);
    setTabOrder(m_banner, m_card->place());
    setFocusProxy(m_ring);

    connect(m_ring, &StateRing::clicked, this, [this] { Q_EMIT wanted(m_state.action); });
    connect(m_banner, &Banner::activated, this, [this] {
        if (!m_refused.isEmpty())
            sayRefused({});
        else if (m_state.banner)
            Q_EMIT wanted(m_state.banner->action);
    });
    connect(m_second, &Button::clicked, this, [this] {
        if (m_state.second.action == Action::Pause)
            choosePause();
        else
            Q_EMIT wanted(m_state.second.action);
    });
    connect(m_card, &ConnectionCard::placePressed, this,
            [this] { Q_EMIT wanted(Action::ChoosePlace); });
    connect(&m_link, &DaemonLink::viewChanged, this, &StatePage::refresh);
    connect(&m_link, &DaemonLink::linkChanged, this, &StatePage::refresh);
    connect(&m_link, &DaemonLink::requestFailed, this,
            [this](const QString &method, const Error &e) {
                // The list of places says so in its own place.
                if (method != QLatin1String("countries"))
                    sayRefused(refusalText(e));
            });
    m_seconds.setInterval(SecondMs);
    connect(&m_seconds, &QTimer::timeout, this, &StatePage::tick);
    refresh();
}

void StatePage::refresh()
{
    const StateView state = stateView(m_link.linkState(), m_link.view(), wallNow());
    m_ring->setKind(state.ring);
    m_ring->setLeft(state.hoursLeft);
    m_ring->setVerb(state.glyph, state.verb, state.primary);
    m_ring->setEnabled(state.action != Action::None);
    QString spoken = state.title + u". " + state.sentence;
    if (!state.consequence.isEmpty())
        spoken += u". " + state.consequence;
    m_ring->setAccessibleDescription(spoken);
    m_second->setAccessibleDescription(state.consequence);
    m_title->setText(state.title);
    m_sentence->setMinimumHeight(SentenceLines * m_sentence->fontMetrics().lineSpacing());
    m_sentence->setText(state.sentence);
    m_second->setText(state.second.verb);
    m_second->setVisible(!state.second.verb.isEmpty());
    m_consequence->setText(state.consequence);
    m_consequence->setVisible(!state.consequence.isEmpty());
    if (state.title != m_state.title)
        m_refused.clear();
    showBanner(m_refused.isEmpty()
                   ? state.banner
                   : BannerView{Tone::Warning, m_refused, tr("Close"), Action::None});
    showWay();
    m_card->setContents(m_link.view(), state, monotonicNow(), wallNow());
    if (state.title != m_state.title || state.sentence != m_state.sentence)
        announce(state);
    m_state = state;
}

void StatePage::sayRefused(const QString &why)
{
    m_refused = why;
    refresh();
}

void StatePage::focusPlace()
{
    m_card->place()->setFocus(Qt::OtherFocusReason);
}

void StatePage::announce(const StateView &state)
{
    setAccessibleName(state.title + u". " + state.sentence);
    QAccessibleEvent named(m_title, QAccessible::NameChanged);
    QAccessible::updateAccessibility(&named);
    if (!isVisible())
        return;
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void StatePage::showBanner(const std::optional<BannerView> &banner)
{
    m_banner->setVisible(banner.has_value());
    m_card->setFiguresShown(!banner.has_value());
    if (banner)
        m_banner->setContents(banner->tone, banner->text, banner->verb);
    else
        m_banner->setContents(Tone::Notice, {});
}

void StatePage::showWay()
{
    const ClientView &view = m_link.view();
    const WayView way = m_link.linkState() == LinkState::Up ? wayOf(view) : WayView();
    const bool known = !view.country.isEmpty() && view.state != State::Connecting;
    m_way->setContents(way, known          ? view.country
                            : view.request ? view.request->country
                                           : QString());
    m_way->setVisible(way.worthShowing);
}

void StatePage::tick()
{
    // A pause's remaining minutes are words, a connection's duration is a figure.
    if (m_link.view().pausedUntil)
        refresh();
    m_card->tick(monotonicNow(), wallNow());
}

void StatePage::choosePause()
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("pauseMenu"));
    addPauseActions(*menu, this, [this](int minutes) { Q_EMIT pauseWanted(minutes); });
    menu->popup(m_second->mapToGlobal(m_second->rect().bottomLeft()));
}

void StatePage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void StatePage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_seconds.start();
    refresh();
}

void StatePage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_seconds.stop();
}

void addPauseActions(QMenu &menu, QObject *context, const std::function<void(int)> &pause)
{
    for (const int minutes : PauseMinutes) {
        QAction *action = menu.addAction(PauseTexts::tr("Pause for %n minute(s)", "", minutes));
        action->setObjectName(QStringLiteral("pause%1Action").arg(minutes));
        QObject::connect(action, &QAction::triggered, context,
                         [pause, minutes] { pause(minutes); });
    }
}

} // namespace higgs::vpn
