// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/settings_row.h"

#include "shared/widgets/text_styles.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/tokens.h"

#include <QHBoxLayout>
#include <QMouseEvent>
#include <QPushButton>
#include <QVBoxLayout>

namespace higgs::widgets {

SettingsRow::SettingsRow(QWidget *control, Form form, QWidget *parent)
    : QWidget(parent),
      m_control(control),
      m_title(new Label(TextStyle::Body, Ink::Text)),
      m_description(new Label(TextStyle::Caption, Ink::Secondary)),
      m_error(new Label(TextStyle::Caption, Ink::Blocked))
{
    auto *all = new QVBoxLayout(this);
    const bool toggle = qobject_cast<ToggleSwitch *>(control) != nullptr;
    all->setContentsMargins(2 * Grid, Grid + Grid / 2,
                            2 * Grid - (toggle ? ToggleSwitch::RingRoom : 0), Grid + Grid / 2);
    all->setSpacing(Grid);
    auto *across = new QHBoxLayout;
    across->setSpacing(2 * Grid);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_title);
    words->addWidget(m_description);
    words->addWidget(m_error);
    across->addLayout(words, 1);
    all->addLayout(across);
    if (form == Form::Beside)
        across->addWidget(control, 0, Qt::AlignVCenter);
    else
        all->addWidget(control);
    m_description->hide();
    m_error->hide();
}

void SettingsRow::setTexts(const QString &title, const QString &description)
{
    m_title->setText(title);
    m_description->setText(description);
    m_description->setVisible(!description.isEmpty());
    if (qobject_cast<QPushButton *>(m_control) != nullptr) {
        // A button is called by the verb on it; the row says what for.
        m_control->setAccessibleDescription(
            description.isEmpty() ? title : QString(title + QStringLiteral(": ") + description));
        return;
    }
    m_control->setAccessibleName(title);
    m_control->setAccessibleDescription(description);
}

void SettingsRow::setError(const QString &error)
{
    m_error->setText(error);
    m_error->setVisible(!error.isEmpty());
}

void SettingsRow::mouseReleaseEvent(QMouseEvent *event)
{
    auto *toggle = qobject_cast<ToggleSwitch *>(m_control);
    if (toggle != nullptr && event->button() == Qt::LeftButton &&
        rect().contains(event->position().toPoint())) {
        toggle->click();
        return;
    }
    QWidget::mouseReleaseEvent(event);
}

SettingsGroup::SettingsGroup(QWidget *parent)
    : QWidget(parent),
      m_title(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_card(new Card)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(Grid);
    m_title->hide();
    all->addWidget(m_title);
    all->addWidget(m_card);
    m_card->body()->setContentsMargins(0, Grid / 2, 0, Grid / 2);
    m_card->body()->setSpacing(0);
}

void SettingsGroup::setTitle(const QString &title)
{
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    setAccessibleName(title);
}

void SettingsGroup::addRow(QWidget *row)
{
    if (m_card->body()->count() > 0) {
        auto *divider = new Divider;
        divider->setVisible(!row->isHidden());
        m_card->body()->addWidget(divider);
        m_dividers[row] = divider;
        row->installEventFilter(this);
    }
    m_card->body()->addWidget(row);
}

bool SettingsGroup::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::ShowToParent || event->type() == QEvent::HideToParent) {
        if (const auto found = m_dividers.find(watched); found != m_dividers.end())
            found->second->setVisible(event->type() == QEvent::ShowToParent);
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace higgs::widgets
