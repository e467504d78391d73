// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/letter_page.h"

#include "app-node/tray/provider_letter.h"
#include "shared/widgets/button.h"
#include "shared/widgets/choice_box.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/settings_row.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QDateTimeEdit>
#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <QWheelEvent>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr std::chrono::milliseconds Settle{300};
constexpr qint64 SecondsPerHour = 3600;

/// The wheel scrolls the page, unless the box has the focus.
class MomentBox : public QDateTimeEdit
{
protected:
    void wheelEvent(QWheelEvent *event) override
    {
        if (hasFocus())
            QDateTimeEdit::wheelEvent(event);
        else
            event->ignore();
    }
};

} // namespace

LetterPage::LetterPage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_intro(new Label(TextStyle::Body)),
      m_when(new MomentBox),
      m_whenRow(new SettingsRow(m_when, SettingsRow::Form::Below)),
      m_zone(new ChoiceBox),
      m_zoneRow(new SettingsRow(m_zone, SettingsRow::Form::Below)),
      m_earlier(new Button(Importance::Quiet)),
      m_later(new Button(Importance::Quiet)),
      m_hour(new Label(TextStyle::CaptionStrong)),
      m_shared(new Label(TextStyle::Body)),
      m_error(new Label(TextStyle::Body, Ink::Blocked)),
      m_letterTitle(new Label(TextStyle::CaptionStrong)),
      m_letter(new CopyBox)
{
    build();
    m_settling.setSingleShot(true);
    m_settling.setInterval(Settle);
    m_when->setDateTime(QDateTime::currentDateTime());
    connect(&m_settling, &QTimer::timeout, this, &LetterPage::ask);
    connect(m_when, &QDateTimeEdit::dateTimeChanged, &m_settling, qOverload<>(&QTimer::start));
    connect(m_zone, &ChoiceBox::chosen, this,
            [this](const QVariant &zone) { readIn(static_cast<Qt::TimeSpec>(zone.toInt())); });
    connect(m_earlier, &Button::clicked, this, [this] { move(-1); });
    connect(m_later, &Button::clicked, this, [this] { move(1); });
    connect(m_page, &Page::back, this, &LetterPage::done);
    retranslate();
}

void LetterPage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_when->setObjectName(QStringLiteral("letterMoment"));
    m_zone->setObjectName(QStringLiteral("letterZone"));
    m_earlier->setObjectName(QStringLiteral("letterEarlier"));
    m_later->setObjectName(QStringLiteral("letterLater"));
    m_shared->setObjectName(QStringLiteral("letterShared"));
    m_letter->setObjectName(QStringLiteral("letterText"));
    m_letter->setProse();
    m_when->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_when->setFocusPolicy(Qt::StrongFocus);
    m_zone->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    auto *moment = new SettingsGroup;
    moment->addRow(m_whenRow);
    moment->addRow(m_zoneRow);
    auto *across = new QHBoxLayout;
    across->addWidget(m_earlier);
    across->addStretch(1);
    across->addWidget(m_later);
    auto *answer = new Card;
    answer->body()->addWidget(m_hour);
    answer->body()->addWidget(m_shared);
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_intro);
    body->addWidget(moment);
    body->addLayout(across);
    body->addWidget(m_error);
    body->addWidget(answer);
    body->addWidget(m_letterTitle);
    body->addWidget(m_letter);
    body->addStretch(1);
    m_error->hide();
}

void LetterPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    ask();
}

void LetterPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

WallTime LetterPage::moment() const
{
    return {m_when->dateTime().toMSecsSinceEpoch()};
}

/// The same moment.
void LetterPage::readIn(Qt::TimeSpec zone)
{
    const QDateTime now = m_when->dateTime();
    m_when->setTimeSpec(zone);
    m_when->setDateTime(now.toTimeSpec(zone));
}

void LetterPage::move(int hours)
{
    m_when->setDateTime(m_when->dateTime().addSecs(hours * SecondsPerHour));
}

void LetterPage::ask()
{
    m_settling.stop();
    const WallTime at = moment();
    const quint64 question = ++m_asked;
    m_link.hour(at).then(this, [this, question, at](const Result<SharedHour> &answer) {
        if (question != m_asked)
            return;
        m_error->setText(answer ? QString() : refusalText(answer.error()));
        m_error->setVisible(!answer);
        m_answer = answer ? std::optional(*answer) : std::nullopt;
        m_answeredAt = at;
        refresh();
    });
}

/// Of an hour that nobody answered for nothing is said, least of all that nothing was shared.
void LetterPage::refresh()
{
    const bool known = m_answer.has_value();
    m_hour->setText(known ? hourText(*m_answer, Qt::LocalTime) : QString());
    m_hour->setVisible(known);
    m_shared->setText(known ? sharedText(*m_answer) : tr("Asking the service…"));
    m_letterTitle->setVisible(known);
    m_letter->setVisible(known);
    const auto &server = m_link.view().server;
    m_letter->setText(
        known ? providerLetter(*m_answer, m_answeredAt, server ? server->host : QString())
              : QString());
}

void LetterPage::retranslate()
{
    m_page->setTitle(tr("My provider wrote to me"));
    m_intro->setText(tr("Did somebody complain about traffic from your address? Enter the time "
                        "that the letter names, and see what was shared in that hour. None of it "
                        "leaves this computer."));
    m_when->setLocale(QLocale()); // months by the window's names
    m_when->setDisplayFormat(
        tr("d MMMM yyyy  HH:mm", "a moment to be entered, as in QLocale's formats"));
    m_whenRow->setTexts(tr("Time in the letter"));
    m_zoneRow->setTexts(tr("That time is"));
    m_zone->setEntries({{tr("The time of this computer"), static_cast<int>(Qt::LocalTime)},
                        {tr("UTC, as most providers write"), static_cast<int>(Qt::UTC)}});
    m_earlier->setText(tr("An hour earlier"));
    m_later->setText(tr("An hour later"));
    m_letterTitle->setText(tr("A letter to your provider"));
    refresh();
}

} // namespace higgs::node
