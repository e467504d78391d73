// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/diagnostics_page.h"

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/diagnostics_text.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/diagnostics_report.h"
#include "shared/widgets/log_view.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QClipboard>
#include <QDateTime>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace higgs::vpn {

using widgets::Button;
using widgets::Importance;
using widgets::Ink;
using widgets::Label;
using widgets::TextStyle;

namespace {

constexpr int AskedLines = 200;
constexpr std::chrono::milliseconds CopiedShown{2000};

QString refusalOr(const std::optional<Result<std::vector<LogLine>>> &lines)
{
    return lines && !*lines ? widgets::refusalText(lines->error()) : QString();
}

} // namespace

DiagnosticsPage::DiagnosticsPage(DaemonLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new widgets::Page(QString(), this)),
      m_checksTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_checksCard(new widgets::Card),
      m_again(new Button),
      m_logTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_log(new widgets::LogView),
      m_logHint(new Label(TextStyle::Caption, Ink::Secondary)),
      m_copy(new Button(Importance::Primary)),
      m_restoreTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_restoreText(new Label(TextStyle::Body)),
      m_restore(new Button),
      m_keep(new Button),
      m_restored(new Label(TextStyle::Caption, Ink::Secondary))
{
    build();
    m_copied.setSingleShot(true);
    m_copied.setInterval(CopiedShown);
    connect(m_page, &widgets::Page::back, this, &DiagnosticsPage::done);
    connect(m_again, &QPushButton::clicked, this, &DiagnosticsPage::ask);
    connect(m_copy, &QPushButton::clicked, this, &DiagnosticsPage::copyReport);
    connect(&m_copied, &QTimer::timeout, this, &DiagnosticsPage::retranslate);
    connect(m_restore, &QPushButton::clicked, this, &DiagnosticsPage::restore);
    connect(m_keep, &QPushButton::clicked, this, [this] {
        m_confirming = false;
        retranslate();
    });
    connect(&m_link, &DaemonLink::linkChanged, this, [this] {
        if (isVisible() && m_link.linkState() == LinkState::Up)
            ask();
    });
    retranslate();
}

void DiagnosticsPage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_again->setObjectName(QStringLiteral("checkAgainButton"));
    m_log->setObjectName(QStringLiteral("logView"));
    m_copy->setObjectName(QStringLiteral("copyReportButton"));
    m_restore->setObjectName(QStringLiteral("restoreNetworkButton"));
    m_keep->setObjectName(QStringLiteral("restoreNetworkKeep"));
    m_restored->setObjectName(QStringLiteral("restoreNetworkResult"));
    QVBoxLayout *body = m_page->body();
    const auto buttons = [](Button *first, Button *second) {
        auto *across = new QHBoxLayout;
        across->setSpacing(widgets::Grid);
        across->addWidget(first);
        if (second != nullptr)
            across->addWidget(second);
        across->addStretch(1);
        return across;
    };
    body->addWidget(m_checksTitle);
    body->addWidget(m_checksCard);
    body->addLayout(buttons(m_again, m_copy));
    body->addSpacing(widgets::Grid);
    body->addWidget(m_logTitle);
    auto *logCard = new widgets::Card;
    logCard->body()->addWidget(m_log);
    logCard->body()->addWidget(m_logHint);
    body->addWidget(logCard);
    body->addSpacing(widgets::Grid);
    body->addWidget(m_restoreTitle);
    auto *restoreCard = new widgets::Card;
    restoreCard->body()->addWidget(m_restoreText);
    restoreCard->body()->addLayout(buttons(m_restore, m_keep));
    restoreCard->body()->addWidget(m_restored);
    body->addWidget(restoreCard);
    body->addStretch(1);
    m_restored->hide();
}

void DiagnosticsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_confirming = false;
    m_restored->hide();
    ask();
}

void DiagnosticsPage::ask()
{
    if (m_asking)
        return;
    m_asking = true;
    retranslate();
    m_link.diagnose().then(this, [this](const Result<std::vector<Check>> &checks) {
        m_asking = false;
        m_checks = checks;
        retranslate();
    });
    m_link.log(AskedLines).then(this, [this](const Result<std::vector<LogLine>> &lines) {
        m_lines = lines;
        showLog();
    });
}

void DiagnosticsPage::showChecks()
{
    while (QLayoutItem *item = m_checksCard->body()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (!m_checks || !*m_checks) {
        const QString text = !m_checks ? tr("Checking…") : widgets::refusalText(m_checks->error());
        m_checksCard->body()->addWidget(new Label(text, TextStyle::Body));
        return;
    }
    const widgets::Redaction hidden = redaction();
    for (const Check &check : **m_checks)
        m_checksCard->body()->addWidget(new CheckRow(check, hidden.apply(check.detail)));
}

void DiagnosticsPage::showLog()
{
    const QString refusal = refusalOr(m_lines);
    m_log->setLines(refusal.isEmpty() ? logTexts() : QStringList(refusal));
    m_log->setPlaceholderText(tr("The service has written nothing yet."));
}

QStringList DiagnosticsPage::logTexts() const
{
    QStringList texts;
    if (!m_lines || !*m_lines)
        return texts;
    const widgets::Redaction hidden = redaction();
    for (const LogLine &line : **m_lines) {
        const QString time = QDateTime::fromMSecsSinceEpoch(line.time.ms)
                                 .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
        const QString said = line.level == QLatin1String("info")
                                 ? line.text
                                 : QString(line.level.toUpper() + QStringLiteral(": ") + line.text);
        texts += time + QStringLiteral("  ") + hidden.apply(said);
    }
    return texts;
}

widgets::Redaction DiagnosticsPage::redaction() const
{
    widgets::Redaction hidden;
    if (const auto &server = m_link.view().server)
        hidden.hide(server->host, QStringLiteral("[server]"));
    hidden.hide(qEnvironmentVariable("USER"), QStringLiteral("[user]"));
    return hidden;
}

QString DiagnosticsPage::report() const
{
    std::vector<widgets::ReportSection> sections{
        widgets::systemSection(QStringLiteral("higgs-vpn"))};
    sections.push_back(stateSection(m_link));
    sections.push_back(checksSection(m_checks));
    widgets::ReportSection log{QStringLiteral("Service log"), {}};
    for (const QString &line : logTexts())
        log.rows.emplace_back(QString(), line);
    sections.push_back(std::move(log));
    return widgets::reportText(sections, redaction());
}

void DiagnosticsPage::copyReport()
{
    QGuiApplication::clipboard()->setText(report());
    m_copied.start();
    m_copy->setText(tr("Copied"));
}

void DiagnosticsPage::restore()
{
    if (!m_confirming) {
        m_confirming = true;
        m_restored->hide();
        retranslate();
        m_keep->setFocus();
        return;
    }
    m_confirming = false;
    retranslate();
    m_link.restoreNetwork().then(this, [this](const Result<void> &restored) {
        m_restored->setText(restored ? tr("Done: the network is as it was before. Nothing is "
                                          "protected now.")
                                     : widgets::refusalText(restored.error()));
        m_restored->show();
        ask();
    });
}

void DiagnosticsPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void DiagnosticsPage::retranslate()
{
    m_page->setTitle(tr("Diagnostics"));
    m_checksTitle->setText(tr("What a connection needs"));
    m_again->setText(m_asking ? tr("Checking…") : tr("Check again"));
    m_again->setEnabled(!m_asking);
    m_logTitle->setText(tr("What the service did"));
    m_log->setAccessibleName(m_logTitle->text());
    m_logHint->setText(tr("Keys are never written down; addresses and names are shortened here and "
                          "in the report."));
    m_copy->setText(m_copied.isActive() ? tr("Copied") : tr("Copy report"));
    m_restoreTitle->setText(tr("If nothing else helps"));
    m_restoreText->setText(
        m_confirming ? tr("Really? The tunnel and the kill switch go away, lockdown is switched "
                          "off, and your traffic takes the normal line.")
                     : tr("Take the tunnel and the kill switch away and put the network back as it "
                          "was. Your traffic is not protected then."));
    m_restore->setText(m_confirming ? tr("Yes, restore") : tr("Restore the network"));
    m_keep->setText(tr("No, keep it"));
    m_keep->setVisible(m_confirming);
    showChecks();
    showLog();
}

} // namespace higgs::vpn
