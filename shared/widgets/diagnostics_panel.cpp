// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/diagnostics_panel.h"

#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/daemon_line.h"
#include "shared/widgets/flow_layout.h"
#include "shared/widgets/log_view.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QClipboard>
#include <QDateTime>
#include <QEvent>
#include <QGuiApplication>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr int AskedLines = 200;
constexpr std::chrono::milliseconds CopiedShown{2000};

} // namespace

DiagnosticsPanel::DiagnosticsPanel(DaemonLine &line, Subject subject, QWidget *parent)
    : QWidget(parent),
      m_line(line),
      m_subject(std::move(subject)),
      m_checksTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_checksCard(new Card),
      m_again(new Button),
      m_logTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_log(new LogView),
      m_logHint(new Label(TextStyle::Caption, Ink::Secondary)),
      m_copy(new Button(Importance::Primary))
{
    build();
    m_copied.setSingleShot(true);
    m_copied.setInterval(CopiedShown);
    connect(m_again, &QPushButton::clicked, this, &DiagnosticsPanel::ask);
    connect(m_copy, &QPushButton::clicked, this, &DiagnosticsPanel::copyReport);
    connect(&m_copied, &QTimer::timeout, this, &DiagnosticsPanel::retranslate);
    connect(&m_line, &DaemonLine::changed, this, [this] {
        if (isVisible() && m_line.state() == LinkState::Up)
            ask();
    });
    retranslate();
}

void DiagnosticsPanel::build()
{
    m_again->setObjectName(QStringLiteral("checkAgainButton"));
    m_log->setObjectName(QStringLiteral("logView"));
    m_copy->setObjectName(QStringLiteral("copyReportButton"));
    auto *body = new QVBoxLayout(this);
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(2 * Grid);
    body->addLayout(headed(m_checksTitle, m_checksCard));
    auto *buttons = new FlowLayout(Grid);
    buttons->addWidget(m_again);
    buttons->addWidget(m_copy);
    body->addLayout(buttons);
    body->addSpacing(Grid);
    auto *logCard = new Card;
    logCard->body()->addWidget(m_log);
    logCard->body()->addWidget(m_logHint);
    body->addLayout(headed(m_logTitle, logCard), 1);
}

void DiagnosticsPanel::setTitle(const QString &title)
{
    m_checksTitle->setText(title);
}

void DiagnosticsPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    ask();
}

void DiagnosticsPanel::ask()
{
    if (m_asking)
        return;
    m_asking = true;
    retranslate();
    m_line.diagnose().then(this, [this](const Result<std::vector<Check>> &checks) {
        m_asking = false;
        m_checks = checks;
        retranslate();
    });
    m_line.log(AskedLines).then(this, [this](const Result<std::vector<LogLine>> &lines) {
        m_lines = lines;
        showLog();
    });
}

void DiagnosticsPanel::showChecks()
{
    while (QLayoutItem *item = m_checksCard->body()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (!m_checks || !*m_checks) {
        const QString text = !m_checks ? tr("Checking…") : refusalText(m_checks->error());
        m_checksCard->body()->addWidget(new Label(text, TextStyle::Body));
        return;
    }
    const Redaction hidden = redaction();
    // The detail is the daemon's own English: worth reading where something is wrong. The report
    // has all of it.
    for (const Check &check : **m_checks)
        m_checksCard->body()->addWidget(new CheckRow(
            check.ok, m_subject.words(check), check.ok ? QString() : hidden.apply(check.detail)));
}

void DiagnosticsPanel::showLog()
{
    const bool refused = m_lines && !*m_lines;
    m_log->setLines(refused ? QStringList(refusalText(m_lines->error())) : logTexts());
    m_log->setPlaceholderText(tr("The service has written nothing yet."));
}

QStringList DiagnosticsPanel::logTexts() const
{
    QStringList texts;
    if (!m_lines || !*m_lines)
        return texts;
    const Redaction hidden = redaction();
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

Redaction DiagnosticsPanel::redaction() const
{
    Redaction hidden;
    if (const auto &server = m_line.server())
        hidden.hide(server->host, QStringLiteral("[server]"));
    hidden.hide(qEnvironmentVariable("USER"), QStringLiteral("[user]"));
    return hidden;
}

QString DiagnosticsPanel::report() const
{
    std::vector<ReportSection> sections{systemSection(m_subject.program), m_subject.state(),
                                        checksSection(m_checks)};
    if (!m_line.lastRefusal().isEmpty())
        sections.push_back({QStringLiteral("Last refusal"), {{QString(), m_line.lastRefusal()}}});
    ReportSection log{QStringLiteral("Service log"), {}};
    for (const QString &line : logTexts())
        log.rows.emplace_back(QString(), line);
    sections.push_back(std::move(log));
    return reportText(sections, redaction());
}

void DiagnosticsPanel::copyReport()
{
    QGuiApplication::clipboard()->setText(report());
    m_copied.start();
    m_copy->setText(tr("Copied"));
}

void DiagnosticsPanel::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void DiagnosticsPanel::retranslate()
{
    m_again->setText(m_asking ? tr("Checking…") : tr("Check again"));
    m_again->setEnabled(!m_asking);
    m_logTitle->setText(tr("What the service did"));
    m_log->setAccessibleName(m_logTitle->text());
    m_logHint->setText(tr("Keys are never written down; addresses and names are shortened here and "
                          "in the report."));
    m_copy->setText(m_copied.isActive() ? tr("Copied") : tr("Copy report"));
    showChecks();
    showLog();
}

} // namespace higgs::widgets
