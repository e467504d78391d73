// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/safety_page.h"

#include "app-node/tray/home_certificate.h"
#include "app-node/tray/node_figures.h"
#include "app-node/tray/safety_rows.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/save_dialog.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

SafetyPage::SafetyPage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_shield(new ShieldMark),
      m_verdict(new Label(TextStyle::Title)),
      m_when(new Label(TextStyle::Body, Ink::Secondary)),
      m_rules(new Label(TextStyle::Caption, Ink::Blocked)),
      m_error(new Label(TextStyle::Caption, Ink::Blocked)),
      m_test(new Button(Importance::Primary)),
      m_title(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_card(new Card),
      m_note(new Label(TextStyle::Caption, Ink::Secondary)),
      m_save(new Button),
      m_saved(new Label(TextStyle::Caption, Ink::Secondary))
{
    build();
    connect(m_page, &Page::back, this, &SafetyPage::done);
    connect(m_test, &QPushButton::clicked, this, [this] { ask(true); });
    connect(m_save, &QPushButton::clicked, this, &SafetyPage::chooseFile);
    connect(&m_link, &NodeLink::viewChanged, this, [this] {
        // A test that the daemon made by itself: its table is another one.
        if (isVisible() && m_link.view().safety.at != m_asked && !m_running)
            ask(false);
        refresh();
    });
    refresh();
}

void SafetyPage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_verdict->setObjectName(QStringLiteral("safetyVerdict"));
    m_when->setObjectName(QStringLiteral("safetyWhen"));
    m_rules->setObjectName(QStringLiteral("safetyRules"));
    m_error->setObjectName(QStringLiteral("safetyError"));
    m_test->setObjectName(QStringLiteral("testNowButton"));
    m_save->setObjectName(QStringLiteral("certificateButton"));
    m_card->body()->setContentsMargins(0, Grid / 2, 0, Grid / 2);
    m_card->body()->setSpacing(0);
    auto *head = new Card;
    auto *across = new QHBoxLayout;
    across->setSpacing(2 * Grid);
    across->addWidget(m_shield, 0, Qt::AlignTop);
    auto *words = new QVBoxLayout;
    words->setSpacing(Grid / 2);
    words->addWidget(m_verdict);
    words->addWidget(m_when);
    across->addLayout(words, 1);
    head->body()->addLayout(across);
    head->body()->addWidget(m_rules);
    head->body()->addWidget(m_error);
    head->body()->addSpacing(Grid);
    head->body()->addWidget(m_test, 0, Qt::AlignLeft);
    QVBoxLayout *body = m_page->body();
    body->addWidget(head);
    body->addLayout(headed(m_title, m_card));
    body->addWidget(m_note);
    body->addWidget(m_save, 0, Qt::AlignLeft);
    body->addWidget(m_saved);
    body->addStretch(1);
    m_error->hide();
    m_saved->hide();
}

void SafetyPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_saved->hide();
    ask(false);
}

void SafetyPage::ask(bool run)
{
    if (m_running)
        return;
    m_running = run;
    m_asked = m_link.view().safety.at;
    refresh();
    m_link.safety(run).then(this, [this, run](const Result<SafetyReport> &answer) {
        if (run)
            m_running = false;
        m_error->setText(answer ? QString() : refusalText(answer.error()));
        m_error->setVisible(!answer);
        if (answer) {
            m_report = *answer;
            m_asked = answer->summary.at;
        }
        refresh();
    });
}

void SafetyPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void SafetyPage::showVerdict(const Safety &safety)
{
    m_shield->setState(m_running ? SafetyState::Running : safety.state);
    m_verdict->setText(m_running ? tr("Testing…") : verdictText(safety));
    QString when;
    if (m_running || safety.state == SafetyState::Running)
        when = tr("A pretend guest attacks your home. None of its packets leaves this computer.");
    else if (safety.at)
        when = safety.state == SafetyState::Passed
                   ? tr("Tested %1. %n way(s) in were tried, and none is open.",
                        "%1: today at 14:30", safety.tried)
                         .arg(pastText(*safety.at, wallNow()))
                   : tr("Tested %1. Nothing is shared until it passes.", "%1: today at 14:30")
                         .arg(pastText(*safety.at, wallNow()));
    else
        when = tr("The test runs each time before sharing begins.");
    m_when->setText(when);
    const bool broken = m_report && m_report->summary.state != SafetyState::Never &&
                        !m_report->rulesOk && !m_running;
    // Which rule it is stands in the report of the diagnostics.
    m_rules->setText(broken ? tr("The rules that keep guests out are not as the service made them: "
                                 "another program has changed them. The service puts them back "
                                 "before it shares again.")
                            : QString());
    m_rules->setVisible(broken);
}

void SafetyPage::refresh()
{
    m_page->setTitle(tr("Safety"));
    m_test->setText(m_running ? tr("Testing…") : tr("Test now"));
    // After a pass there is nothing that has to be done.
    m_test->setImportance(m_link.view().safety.state == SafetyState::Passed ? Importance::Plain
                                                                            : Importance::Primary);
    m_test->setEnabled(!m_running && m_link.linkState() == LinkState::Up);
    m_title->setText(tr("What was tried in a guest's place"));
    m_note->setText(tr("Nothing is shared until this test passes. It runs before every start, and "
                       "whenever you press “Test now”."));
    m_save->setText(tr("Save a sheet for your family…"));
    m_save->setVisible(hasPassed());
    showVerdict(m_link.view().safety);
    showGroups();
}

/// What stands in the table and what the service says now: a sheet outlives both.
bool SafetyPage::hasPassed() const
{
    return !m_running && m_report && m_report->summary.state == SafetyState::Passed &&
           m_report->rulesOk && m_link.linkState() == LinkState::Up &&
           m_link.view().safety.state == SafetyState::Passed;
}

Result<void> SafetyPage::save(const QString &path) const
{
    if (!hasPassed())
        return unexpected(ErrorCode::NotFound, "no test has passed");
    return saveCertificate(path, certificateText(*m_report, QSysInfo::machineHostName()));
}

void SafetyPage::chooseFile()
{
    saveByDialog(
        this, tr("Save a sheet for your family"), QStringLiteral("higgs-node-safety.pdf"),
        [this](const QString &path) { return save(path); }, *m_saved);
}

void SafetyPage::showGroups()
{
    const bool any = m_report && !m_report->attempts.empty();
    m_title->setVisible(any);
    m_card->setVisible(any);
    if (!any)
        return;
    // Rebuilt only when it says something else: what has the focus must keep it.
    const std::vector<SafetyGroup> groups = groupsOf(*m_report);
    QStringList shown;
    for (const SafetyGroup &group : groups)
        shown += group.name + QString::number(group.held) + QLatin1Char('/') +
                 QString::number(group.tried);
    const QString mark = shown.join(QLatin1Char('\n'));
    if (m_card->property("shown").toString() == mark)
        return;
    m_card->setProperty("shown", mark);
    while (QLayoutItem *item = m_card->body()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    QWidget *before = m_test;
    for (const SafetyGroup &group : groups) {
        auto *row = new SafetyGroupRow(group);
        row->setOpen(m_open.contains(group.kind) || !group.ok());
        connect(row, &SafetyGroupRow::opened, this, [this, kind = group.kind](bool open) {
            if (open)
                m_open.insert(kind);
            else
                m_open.erase(kind);
        });
        m_card->body()->addWidget(row);
        auto *head = row->findChild<SafetyGroupHead *>();
        setTabOrder(before, head);
        before = head;
    }
    setTabOrder(before, m_save);
}

} // namespace higgs::node
