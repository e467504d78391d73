// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/fault_page.h"

#include "app-vpn/gui/daemon_link.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/page.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::vpn {

using widgets::Ink;
using widgets::Label;
using widgets::TextStyle;

FaultPage::FaultPage(DaemonLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new widgets::Page(QString(), this)),
      m_title(new Label(TextStyle::State)),
      m_happened(new Label(TextStyle::Body)),
      m_traffic(new Label(TextStyle::Body)),
      m_fix(new Label(TextStyle::BodyStrong)),
      m_command(new widgets::CopyBox),
      m_after(new Label(TextStyle::Caption, Ink::Secondary)),
      m_detail(new Label(TextStyle::Caption, Ink::Secondary)),
      m_retry(new widgets::Button(widgets::Importance::Primary))
{
    build();
    connect(m_retry, &QPushButton::clicked, &m_link, &DaemonLink::retryNow);
    connect(&m_link, &DaemonLink::linkChanged, this, [this] {
        refresh();
        if (m_link.linkState() == LinkState::Up)
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
    m_title->setObjectName(QStringLiteral("faultTitle"));
    m_traffic->setObjectName(QStringLiteral("faultTraffic"));
    m_command->setObjectName(QStringLiteral("faultCommand"));
    m_retry->setObjectName(QStringLiteral("faultRetry"));
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_title);
    body->addWidget(m_happened);
    auto *card = new widgets::Card;
    card->body()->addWidget(m_traffic);
    body->addWidget(card);
    body->addSpacing(widgets::Grid);
    body->addWidget(m_fix);
    body->addWidget(m_command);
    body->addWidget(m_after);
    body->addSpacing(widgets::Grid);
    body->addWidget(m_retry, 0, Qt::AlignLeft);
    body->addWidget(m_detail);
    body->addStretch(1);
}

void FaultPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void FaultPage::refresh()
{
    const bool stood = m_link.everUp() && m_link.view().killSwitch;
    m_fix->setText(tr("What to do"));
    m_retry->setText(tr("Try again"));
    switch (m_link.linkState()) {
    case LinkState::Up:
    case LinkState::Connecting:
        m_title->setText(tr("Looking for the service"));
        m_happened->setText(tr("The window asks the HiggsVPN service how things stand."));
        break;
    case LinkState::Absent:
        m_title->setText(m_link.everUp() ? tr("The service stopped answering")
                                         : tr("The service is not running"));
        m_happened->setText(tr("HiggsVPN's service builds the tunnel. Without it this window can "
                               "show nothing and change nothing."));
        m_command->setText(QStringLiteral("sudo systemctl restart higgs-vpnd"));
        m_after->setText(tr("This starts it again; the window comes back by itself."));
        break;
    case LinkState::Forbidden:
        m_title->setText(tr("You may not control HiggsVPN"));
        m_happened->setText(tr("On this computer only members of the group “higgs” may, and you "
                               "are not one of them yet."));
        m_command->setText(QStringLiteral("sudo usermod -aG higgs \"$USER\""));
        m_after->setText(tr("This makes you a member. It takes effect when you log in the next "
                            "time."));
        break;
    case LinkState::TooOld:
        m_title->setText(tr("The service does not fit this window"));
        m_happened->setText(
            m_link.daemonVersion().isEmpty()
                ? tr("The service that runs is of another version and does not understand it.")
                : tr("The service that runs is version %1, the window is version %2.")
                      .arg(m_link.daemonVersion(), QStringLiteral(HIGGS_VERSION)));
        m_command->setText(QStringLiteral("sudo systemctl restart higgs-vpnd"));
        m_after->setText(tr("After an update this is enough. If not, install the same version of "
                            "both."));
        break;
    }
    if (m_link.linkState() == LinkState::Absent && stood)
        m_traffic->setText(tr("The kill switch stays where it is: nothing leaves this computer "
                              "outside the tunnel until the service is back."));
    else if (m_link.linkState() == LinkState::Absent && m_link.everUp())
        m_traffic->setText(tr("Your traffic is not protected: it takes your normal line."));
    else if (m_link.linkState() == LinkState::Absent)
        m_traffic->setText(tr("If a tunnel was in use before, the kill switch still holds and "
                              "nothing leaves outside of it. Otherwise your traffic takes your "
                              "normal line."));
    else
        m_traffic->setText(tr("This window cannot see what happens to your traffic. What the "
                              "service was told before goes on."));
    m_detail->setText(m_link.linkDetail().isEmpty()
                          ? QString()
                          : QString(QString::fromStdString(m_link.socketPath()) +
                                    QStringLiteral(": ") + m_link.linkDetail()));
    m_page->setAccessibleName(m_title->text());
}

} // namespace higgs::vpn
