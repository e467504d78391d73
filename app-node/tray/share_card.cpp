// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/share_card.h"

#include "shared/widgets/button.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/tokens.h"

#include <QAccessible>
#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int MarkSize = 28;

QColor colourOf(Mood mood, const Tokens &tokens)
{
    switch (mood) {
    case Mood::Quiet:
        return tokens.secondary;
    case Mood::Good:
        return tokens.secured;
    case Mood::Busy:
    case Mood::Held:
        return tokens.working;
    case Mood::Bad:
        return tokens.blocked;
    }
    return tokens.secondary;
}

} // namespace

StateMark::StateMark(QWidget *parent) : QWidget(parent)
{
    // As high as a line of the title beside it.
    setFixedSize(MarkSize, QFontMetrics(fontOf(TextStyle::State, QApplication::font())).height());
}

void StateMark::show(TrayShape shape, Mood mood)
{
    if (shape == m_shape && mood == m_mood)
        return;
    m_shape = shape;
    m_mood = mood;
    update();
}

void StateMark::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QRect mark(0, (height() - MarkSize) / 2, MarkSize, MarkSize);
    drawTrayShape(painter, m_shape, mark, colourOf(m_mood, tokensOf(*this)));
}

ShareCard::ShareCard(QWidget *parent)
    : Card(parent),
      m_name(new Label(TextStyle::BodyStrong)),
      m_switch(new ToggleSwitch(ToggleSwitch::Size::Large)),
      m_mark(new StateMark),
      m_title(new Label(TextStyle::State)),
      m_sentence(new Label(TextStyle::Body, Ink::Secondary)),
      m_error(new Label(TextStyle::Caption, Ink::Blocked)),
      m_deedRow(new QWidget),
      m_button(new Button(Importance::Primary)),
      m_pause(new Button(Importance::Quiet)),
      m_pauseMenu(new QMenu(this)),
      m_hour(new QAction(this)),
      m_tomorrow(new QAction(this))
{
    m_switch->setObjectName(QStringLiteral("shareSwitch"));
    m_title->setObjectName(QStringLiteral("stateTitle"));
    m_sentence->setObjectName(QStringLiteral("stateSentence"));
    m_error->setObjectName(QStringLiteral("shareError"));
    m_button->setObjectName(QStringLiteral("deedButton"));
    m_pause->setObjectName(QStringLiteral("pauseButton"));
    m_hour->setObjectName(QStringLiteral("pauseHour"));
    m_tomorrow->setObjectName(QStringLiteral("pauseTomorrow"));
    build();
    m_pauseMenu->addActions({m_hour, m_tomorrow});
    m_pause->setMenu(m_pauseMenu);
    m_error->hide();
    connect(m_switch, &QAbstractButton::clicked, this, &ShareCard::switched);
    connect(m_button, &QPushButton::clicked, this, [this] { Q_EMIT deedWanted(m_deed); });
    connect(m_hour, &QAction::triggered, this, &ShareCard::pauseWanted);
    connect(m_tomorrow, &QAction::triggered, this, &ShareCard::pauseUntilTomorrowWanted);
    retranslate();
}

void ShareCard::build()
{
    // The switch ends where the words do: what it keeps for its ring lies in the margin.
    body()->setContentsMargins(2 * Grid, Grid, 2 * Grid - ToggleSwitch::RingRoom, 2 * Grid);
    auto *words = new QVBoxLayout;
    words->setContentsMargins(0, 0, ToggleSwitch::RingRoom, 0);
    words->setSpacing(body()->spacing());
    auto *top = new QHBoxLayout;
    top->setSpacing(Grid);
    top->addWidget(m_name, 1);
    top->addWidget(m_pause);
    top->addWidget(m_switch);
    body()->addLayout(top);
    body()->addLayout(words);
    words->addWidget(new Divider);
    auto *state = new QHBoxLayout;
    state->setSpacing(Grid);
    state->addWidget(m_mark, 0, Qt::AlignTop);
    state->addWidget(m_title, 1);
    words->addLayout(state);
    words->addWidget(m_sentence);
    words->addWidget(m_error);
    auto *below = new QHBoxLayout(m_deedRow);
    below->setContentsMargins(0, Grid, 0, 0);
    below->addWidget(m_button);
    below->addStretch(1);
    words->addWidget(m_deedRow);
}

void ShareCard::setContents(const Words &words, bool on, bool enabled, bool mayPause)
{
    const bool fresh = words.title != m_title->text();
    m_switch->setChecked(on);
    m_switch->setHeld(words.held);
    m_switch->setEnabled(enabled);
    m_mark->show(words.shape, words.mood);
    m_title->setText(words.title);
    m_sentence->setText(words.sentence);
    m_sentence->setVisible(!words.sentence.isEmpty());
    m_deed = words.deed;
    m_button->setText(words.deedText);
    m_deedRow->setVisible(words.deed != Deed::None);
    m_pause->setVisible(mayPause);
    m_switch->setAccessibleDescription(
        words.held ? tr("On, but nothing is shared: %1", "%1: why, as in Paused").arg(words.title)
                   : words.title);
    if (fresh) {
        setError({});
        QAccessibleEvent event(m_title, QAccessible::NameChanged);
        QAccessible::updateAccessibility(&event);
    }
}

void ShareCard::setError(const QString &sentence)
{
    m_error->setText(sentence);
    m_error->setVisible(!sentence.isEmpty());
}

void ShareCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Card::changeEvent(event);
}

void ShareCard::retranslate()
{
    m_name->setText(tr("Share my connection"));
    m_switch->setAccessibleName(m_name->text());
    m_pause->setText(tr("Pause"));
    m_hour->setText(tr("For an hour"));
    m_tomorrow->setText(tr("Until tomorrow"));
}

} // namespace higgs::node
