// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/limits_page.h"

#include "app-node/tray/limit_rows.h"
#include "app-node/tray/node_figures.h"
#include "app-node/tray/schedule_grid.h"
#include "shared/widgets/button.h"
#include "shared/widgets/choice_box.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

LimitsPage::LimitsPage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_error(new Label(TextStyle::Caption, Ink::Blocked)),
      m_speed(new SettingsGroup),
      m_down(speedRow(QStringLiteral("downLimit"))),
      m_up(speedRow(QStringLiteral("upLimit"))),
      m_guests(guestsRow(QStringLiteral("guestsLimit"))),
      m_volume(new SettingsGroup),
      m_monthly(volumeRow(QStringLiteral("monthlyLimit"))),
      m_resetDay(new ChoiceBox),
      m_resetRow(new SettingsRow(m_resetDay)),
      m_hours(new SettingsGroup),
      m_schedule(new ScheduleFrame),
      m_hoursText(new Label(TextStyle::Caption, Ink::Secondary)),
      m_always(new Button(Importance::Quiet)),
      m_courtesy(new SettingsGroup),
      m_neighbour(new ToggleSwitch),
      m_neighbourRow(new SettingsRow(m_neighbour)),
      m_battery(new ToggleSwitch),
      m_batteryRow(new SettingsRow(m_battery)),
      m_metered(new ToggleSwitch),
      m_meteredRow(new SettingsRow(m_metered))
{
    build();
    wire();
    retranslate();
}

void LimitsPage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_error->setObjectName(QStringLiteral("limitsError"));
    m_error->hide();
    m_resetDay->setObjectName(QStringLiteral("resetDayChoice"));
    m_always->setObjectName(QStringLiteral("alwaysButton"));
    m_neighbour->setObjectName(QStringLiteral("neighbourSwitch"));
    m_battery->setObjectName(QStringLiteral("batterySwitch"));
    m_metered->setObjectName(QStringLiteral("meteredSwitch"));
    QVBoxLayout *body = m_page->body();
    body->setSpacing(Margin);
    body->addWidget(m_error);
    buildAmounts(*body);
    buildHours(*body);
    buildSwitches(*body);
    body->addStretch(1);
}

void LimitsPage::buildAmounts(QVBoxLayout &body)
{
    m_speed->addRow(m_down);
    m_speed->addRow(m_up);
    m_speed->addRow(m_guests);
    body.addWidget(m_speed);
    m_volume->addRow(m_monthly);
    m_volume->addRow(m_resetRow);
    body.addWidget(m_volume);
}

void LimitsPage::buildHours(QVBoxLayout &body)
{
    auto *panel = new QWidget;
    auto *column = new QVBoxLayout(panel);
    column->setContentsMargins(2 * Grid, Grid, 2 * Grid, Grid);
    column->setSpacing(Grid);
    column->addWidget(m_schedule);
    auto *foot = new QHBoxLayout;
    foot->addWidget(m_hoursText, 1);
    foot->addWidget(m_always);
    column->addLayout(foot);
    m_hours->addRow(panel);
    body.addWidget(m_hours);
}

void LimitsPage::buildSwitches(QVBoxLayout &body)
{
    m_courtesy->addRow(m_neighbourRow);
    m_courtesy->addRow(m_batteryRow);
    m_courtesy->addRow(m_meteredRow);
    body.addWidget(m_courtesy);
}

void LimitsPage::wire()
{
    connect(m_page, &Page::back, this, &LimitsPage::done);
    connect(m_down, &AmountRow::chosen, this,
            [this](double value) { set("downMbps", wholeOf(value)); });
    connect(m_up, &AmountRow::chosen, this,
            [this](double value) { set("upMbps", wholeOf(value)); });
    connect(m_guests, &AmountRow::chosen, this,
            [this](double value) { set("maxGuests", wholeOf(value)); });
    connect(m_monthly, &AmountRow::chosen, this,
            [this](double value) { set("monthlyBytes", bytesOfGigabytes(value)); });
    connect(m_resetDay, &ChoiceBox::chosen, this,
            [this](const QVariant &day) { set("resetDay", day.toInt()); });
    connect(&m_schedule->grid(), &ScheduleGrid::painted, this,
            [this](const WeekSchedule &schedule) { set("schedule", schedule.texts()); });
    connect(m_always, &QPushButton::clicked, this,
            [this] { set("schedule", WeekSchedule().texts()); });
    connect(m_neighbour, &QAbstractButton::clicked, this,
            [this](bool on) { set("goodNeighbour", on); });
    connect(m_battery, &QAbstractButton::clicked, this,
            [this](bool on) { set("stopOnBattery", on); });
    connect(m_metered, &QAbstractButton::clicked, this,
            [this](bool on) { set("stopOnMetered", on); });
    connect(&m_link, &NodeLink::viewChanged, this, &LimitsPage::refresh);
}

void LimitsPage::set(const char *name, const protocol::Json &value)
{
    ++m_sending;
    m_link.setLimits(protocol::Json{{name, value}}).then(this, [this](const Result<void> &set) {
        --m_sending;
        m_error->setText(set ? QString() : refusalText(set.error()));
        m_error->setVisible(!set);
        refresh(); // to what is in force, which is the old value after a refusal
    });
}

void LimitsPage::refresh()
{
    sayNeighbour();
    if (m_sending > 0)
        return;
    const Limits &limits = m_link.view().limits;
    m_down->setValue(limits.downMbps);
    m_up->setValue(limits.upMbps);
    m_guests->setValue(limits.maxGuests);
    m_monthly->setValue(gigabytesOf(limits.monthlyBytes));
    m_resetDay->choose(limits.resetDay);
    m_schedule->grid().setSchedule(limits.schedule);
    m_neighbour->setChecked(limits.goodNeighbour);
    m_battery->setChecked(limits.stopOnBattery);
    m_metered->setChecked(limits.stopOnMetered);
    m_always->setEnabled(!limits.schedule.always());
    m_hoursText->setText(limits.schedule.always()
                             ? tr("At every hour. Drag over hours to leave them out.")
                             : tr("%n of 168 hours", "", limits.schedule.hours()));
}

void LimitsPage::sayNeighbour()
{
    const NodeView &view = m_link.view();
    QString now;
    if (view.limits.goodNeighbour && view.neighbour.state == Neighbour::State::Yielding)
        now = view.neighbour.allowedMbps
                  ? tr("At the moment guests are held back to %1.", "%1: 5 Mbit/s")
                        .arg(mbitText(*view.neighbour.allowedMbps))
                  : tr("At the moment guests are held back.");
    else if (view.limits.goodNeighbour && view.neighbour.state == Neighbour::State::Unavailable)
        now = tr("It cannot be measured here at the moment, so guests are not held back.");
    const QString what = tr("When you use the line yourself, guests get out of the way.");
    m_neighbourRow->setTexts(tr("Good neighbour"),
                             now.isEmpty() ? what : QString(what + QLatin1Char(' ') + now));
    const auto known = [](const std::optional<bool> &fact, const QString &text,
                          const QString &unknown) { return fact ? text : unknown; };
    m_batteryRow->setTexts(tr("Stop on battery"),
                           known(view.onBattery, tr("Goes on when the computer is plugged in."),
                                 tr("This computer does not tell where its power comes from.")));
    m_meteredRow->setTexts(tr("Stop on a metered connection"),
                           known(view.onMetered, tr("One that is paid by volume, such as a phone."),
                                 tr("This computer does not tell whether its connection is "
                                    "metered.")));
}

void LimitsPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void LimitsPage::retranslate()
{
    m_page->setTitle(tr("Limits"));
    m_speed->setTitle(tr("How much at once"));
    sayDownload(*m_down);
    sayUpload(*m_up);
    sayGuests(*m_guests);
    m_volume->setTitle(tr("How much in a month"));
    sayVolume(*m_monthly);
    m_resetRow->setTexts(tr("A new month begins on day"));
    QList<std::pair<QString, QVariant>> days;
    for (int day = 1; day <= Limits::LastResetDay; ++day)
        days.append({QLocale().toString(day), day});
    m_resetDay->setEntries(days);
    m_hours->setTitle(tr("When"));
    m_always->setText(tr("All hours"));
    m_courtesy->setTitle(tr("Stay out of my way"));
    refresh();
}

} // namespace higgs::node
