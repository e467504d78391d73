// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/fault_page.h"

#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/daemon_line.h"
#include "shared/widgets/flow_layout.h"
#include "shared/widgets/scroll_column.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/tray_icon.h"

#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QPainter>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr std::chrono::milliseconds CopiedShown{2000};
constexpr int MarkSize = 72;

/// The tray's shape for "blocked, or nobody knows": seen from across the room.
class FaultMark : public QWidget
{
public:
    FaultMark() { setFixedSize(MarkSize, MarkSize); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        drawTrayShape(painter, TrayShape::Blocked, rect(), tokensOf(*this).blocked);
    }
};

} // namespace

FaultPage::FaultPage(DaemonLine &line, Words words, const QString &pkexec, QWidget *parent)
    : QWidget(parent),
      m_line(line),
      m_words(std::move(words)),
      m_root(pkexec),
      m_title(new Label(TextStyle::State)),
      m_happened(new Label(TextStyle::Body)),
      m_meaning(new Label(TextStyle::Body)),
      m_start(new Button(Importance::Primary)),
      m_restore(new Button(Importance::Plain)),
      m_consequence(new Label(TextStyle::Caption, Ink::Secondary)),
      m_outcome(new Label(TextStyle::BodyStrong)),
      m_fix(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_command(new CopyBox),
      m_after(new Label(TextStyle::Caption, Ink::Secondary)),
      m_retry(new Button(Importance::Plain)),
      m_copy(new Button(Importance::Quiet))
{
    build();
    m_copied.setSingleShot(true);
    m_copied.setInterval(CopiedShown);
    connect(&m_copied, &QTimer::timeout, this, &FaultPage::refresh);
    connect(&m_root, &RootCommand::finished, this, &FaultPage::ended);
    connect(m_start, &QPushButton::clicked, this, [this] { begin(m_words().start); });
    connect(m_restore, &QPushButton::clicked, this, [this] { begin(m_words().restore); });
    connect(m_copy, &QPushButton::clicked, this, &FaultPage::copyDetail);
    connect(m_retry, &QPushButton::clicked, &m_line, &DaemonLine::retryNow);
    connect(&m_line, &DaemonLine::changed, this, [this] {
        if (m_line.state() == LinkState::Up) {
            m_restored = false;
            m_outcome->setText({});
        }
        refresh();
        if (m_line.state() == LinkState::Up)
            Q_EMIT done();
    });
    refresh();
}

void FaultPage::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    auto *scroll = new ScrollColumn(Grid);
    all->addWidget(scroll);
    m_title->setObjectName(QStringLiteral("faultTitle"));
    m_happened->setObjectName(QStringLiteral("faultHappened"));
    m_meaning->setObjectName(QStringLiteral("faultTraffic"));
    m_start->setObjectName(QStringLiteral("faultStart"));
    m_restore->setObjectName(QStringLiteral("faultRestore"));
    m_consequence->setObjectName(QStringLiteral("faultConsequence"));
    m_outcome->setObjectName(QStringLiteral("faultOutcome"));
    m_command->setObjectName(QStringLiteral("faultCommand"));
    m_retry->setObjectName(QStringLiteral("faultRetry"));
    m_copy->setObjectName(QStringLiteral("faultCopy"));
    QVBoxLayout *body = scroll->body();
    body->addWidget(new FaultMark);
    body->addWidget(m_title);
    body->addWidget(m_happened);
    auto *card = new Card;
    card->body()->addWidget(m_meaning);
    body->addWidget(card);
    body->addWidget(m_outcome);
    body->addWidget(m_start);
    body->addWidget(m_restore);
    body->addWidget(m_consequence);
    body->addSpacing(Grid);
    body->addWidget(m_fix);
    body->addWidget(m_command);
    body->addWidget(m_after);
    auto *buttons = new FlowLayout(Grid);
    buttons->addWidget(m_retry);
    buttons->addWidget(m_copy);
    body->addLayout(buttons);
    body->addStretch(1);
}

Repair startService(const QString &unit)
{
    return {FaultPage::tr("Start the service"),
            {QStringLiteral("systemctl"), QStringLiteral("restart"), unit},
            {},
            FaultPage::tr("The service was started.")};
}

FaultWords otherVersionWords(const QString &version, const QString &unit)
{
    const QString own = QStringLiteral(HIGGS_VERSION);
    FaultWords words;
    words.start = startService(unit);
    words.command = QStringLiteral("sudo systemctl restart ") + unit;
    if (version == own) {
        words.happened = FaultPage::tr("Service and window are both version %1, yet they do "
                                       "not understand each other.")
                             .arg(own);
        words.after = FaultPage::tr("This restarts the service. If that is not enough, install "
                                    "both anew.");
        return words;
    }
    words.happened = version.isEmpty()
                         ? FaultPage::tr("The service that runs is of another version than this "
                                         "window.")
                         : FaultPage::tr("The service that runs is version %1, this window is "
                                         "version %2.")
                               .arg(version, own);
    words.after = FaultPage::tr("This restarts the service. Then quit this window and start it "
                                "again. If that is not enough, install the same version of both.");
    return words;
}

void FaultPage::begin(const Repair &repair)
{
    m_running = repair;
    m_outcome->setText({});
    m_root.run(repair.command);
    refresh();
}

void FaultPage::ended(RootCommand::Outcome outcome, const QString &words)
{
    switch (outcome) {
    case RootCommand::Outcome::Done:
        m_restored = m_restored || m_running.command == m_words().restore.command;
        m_outcome->setText(m_running.done);
        m_line.retryNow();
        break;
    case RootCommand::Outcome::NotAllowed:
        m_outcome->setText(tr("Nothing was changed: the permission was not given."));
        break;
    case RootCommand::Outcome::CannotAsk:
        m_outcome->setText(tr("Nothing was changed: this desktop could not ask for the password. "
                              "Use the command below in a terminal."));
        break;
    case RootCommand::Outcome::Failed:
        m_outcome->setText(words.isEmpty() ? tr("It did not work.")
                                           : tr("It did not work: “%1”").arg(words));
        break;
    }
    refresh();
}

void FaultPage::copyDetail()
{
    // English of the system and of the service: for who helps, not for who reads.
    QGuiApplication::clipboard()->setText(QString::fromStdString(m_line.socketPath()) +
                                          QStringLiteral(": ") + m_line.detail());
    m_copied.start();
    refresh();
}

void FaultPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void FaultPage::refresh()
{
    const FaultWords words = m_words();
    const bool mayAsk = m_root.available();
    const bool restores = mayAsk && !words.restore.verb.isEmpty();
    m_title->setText(words.title);
    m_happened->setText(words.happened);
    m_meaning->setText(m_restored ? words.restore.done : words.meaning);
    m_start->setText(m_root.running() ? tr("Waiting for permission…") : words.start.verb);
    m_start->setVisible(mayAsk && !words.start.verb.isEmpty());
    m_restore->setText(words.restore.verb);
    m_restore->setVisible(restores && !m_restored);
    m_consequence->setText(words.restore.consequence);
    m_consequence->setVisible(restores && !m_restored);
    m_start->setEnabled(!m_root.running());
    m_restore->setEnabled(!m_root.running());
    m_outcome->setVisible(!m_outcome->text().isEmpty());
    m_fix->setText(m_start->isHidden() ? tr("What to do") : tr("Or in a terminal"));
    m_command->setText(words.command);
    m_after->setText(words.after);
    m_retry->setText(tr("Try again"));
    m_copy->setText(m_copied.isActive() ? tr("Copied") : tr("Copy the details"));
    m_copy->setVisible(!m_line.detail().isEmpty());
    setFocusProxy(m_start->isHidden() ? m_retry : m_start);
    setAccessibleName(words.title);
}

} // namespace higgs::widgets
