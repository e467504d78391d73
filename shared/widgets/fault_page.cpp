// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/fault_page.h"

#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/daemon_line.h"
#include "shared/widgets/flow_layout.h"
#include "shared/widgets/page.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr std::chrono::milliseconds CopiedShown{2000};

} // namespace

FaultPage::FaultPage(DaemonLine &line, Words words, QWidget *parent)
    : QWidget(parent),
      m_line(line),
      m_words(std::move(words)),
      m_page(new Page(QString(), this)),
      m_title(new Label(TextStyle::State)),
      m_happened(new Label(TextStyle::Body)),
      m_meaning(new Label(TextStyle::Body)),
      m_fix(new Label(TextStyle::BodyStrong)),
      m_command(new CopyBox),
      m_after(new Label(TextStyle::Caption, Ink::Secondary)),
      m_retry(new Button(Importance::Primary)),
      m_copy(new Button(Importance::Quiet))
{
    build();
    m_copied.setSingleShot(true);
    m_copied.setInterval(CopiedShown);
    connect(&m_copied, &QTimer::timeout, this, &FaultPage::refresh);
    connect(m_copy, &QPushButton::clicked, this, &FaultPage::copyDetail);
    connect(m_retry, &QPushButton::clicked, &m_line, &DaemonLine::retryNow);
    connect(&m_line, &DaemonLine::changed, this, [this] {
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
    all->addWidget(m_page);
    m_page->setBackVisible(false);
    setFocusProxy(m_retry);
    m_title->setObjectName(QStringLiteral("faultTitle"));
    m_happened->setObjectName(QStringLiteral("faultHappened"));
    m_meaning->setObjectName(QStringLiteral("faultTraffic"));
    m_command->setObjectName(QStringLiteral("faultCommand"));
    m_retry->setObjectName(QStringLiteral("faultRetry"));
    m_copy->setObjectName(QStringLiteral("faultCopy"));
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_title);
    body->addWidget(m_happened);
    auto *card = new Card;
    card->body()->addWidget(m_meaning);
    body->addWidget(card);
    body->addSpacing(Grid);
    body->addWidget(m_fix);
    body->addWidget(m_command);
    body->addWidget(m_after);
    body->addSpacing(Grid);
    auto *buttons = new FlowLayout(Grid);
    buttons->addWidget(m_retry);
    buttons->addWidget(m_copy);
    body->addLayout(buttons);
    body->addStretch(1);
}

FaultWords otherVersionWords(const QString &version, const QString &unit)
{
    const QString own = QStringLiteral(HIGGS_VERSION);
    FaultWords words;
    words.title = FaultPage::tr("The service does not fit this window");
    words.command = QStringLiteral("sudo systemctl restart ") + unit;
    if (version == own) {
        words.happened = FaultPage::tr("Service and window both call themselves version %1, and "
                                       "yet they do not understand each other.")
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
    m_fix->setText(tr("What to do"));
    m_retry->setText(tr("Try again"));
    m_title->setText(words.title);
    m_happened->setText(words.happened);
    m_meaning->setText(words.meaning);
    m_command->setText(words.command);
    m_after->setText(words.after);
    m_copy->setText(m_copied.isActive() ? tr("Copied") : tr("Copy the details"));
    m_copy->setVisible(!m_line.detail().isEmpty());
    m_page->setAccessibleName(words.title);
}

} // namespace higgs::widgets
