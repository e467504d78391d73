// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/server_page.h"

#include "app-node/tray/server_form.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

ServerPage::ServerPage(NodeLink &link, AccessKeys &keys, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_intro(new Label(TextStyle::Body, Ink::Secondary)),
      m_present(new Label(TextStyle::Body)),
      m_form(new ServerForm(link.line(), keys)),
      m_error(new Label(TextStyle::Body, Ink::Blocked)),
      m_use(new Button(Importance::Primary))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_use->setObjectName(QStringLiteral("useServerButton"));
    m_error->setObjectName(QStringLiteral("useServerError"));
    m_error->hide();
    auto *card = new Card;
    card->body()->addWidget(m_form);
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_intro);
    body->addWidget(card);
    body->addWidget(m_present);
    body->addWidget(m_error);
    body->addWidget(m_use, 0, Qt::AlignLeft);
    body->addStretch(1);
    connect(m_page, &Page::back, this, &ServerPage::done);
    connect(m_use, &QPushButton::clicked, this, &ServerPage::use);
    connect(m_form, &ServerForm::entered, m_use, &QPushButton::click);
    connect(m_form, &ServerForm::edited, this, [this] {
        m_error->hide();
        m_acceptance.forget();
        refresh();
    });
    connect(&m_acceptance, &Acceptance::ready, this, &ServerPage::refresh);
    connect(&m_link, &NodeLink::viewChanged, this, &ServerPage::refresh);
    refresh();
}

void ServerPage::begin()
{
    m_form->begin();
    m_acceptance.forget();
    m_error->hide();
    refresh();
}

void ServerPage::offer(const QString &link)
{
    if (m_busy || (isVisible() && m_form->touched())) {
        m_error->setText(putAsideText());
        m_error->show();
        return;
    }
    begin();
    m_acceptance.linkCame();
    m_form->offer(link);
    m_page->setFocus(); // what is typed on goes nowhere
    refresh();
}

void ServerPage::use()
{
    if (m_busy || !m_form->check())
        return;
    const auto &present = m_link.view().server;
    if (!m_acceptance.isCertain(*m_form->wanted(), present)) {
        m_error->setText(changeText(*m_form->wanted(), present));
        m_error->show();
        refresh();
        return;
    }
    m_busy = true;
    refresh();
    const auto took = [this](const Result<void> &outcome) {
        m_busy = false;
        m_error->setText(outcome ? QString() : refusalText(outcome.error()));
        m_error->setVisible(!outcome);
        refresh();
        if (outcome)
            Q_EMIT done();
    };
    if (!m_link.view().sharing) {
        m_form->submit(took);
        return;
    }
    m_link.line()
        .order("setSharing", protocol::Json{{"on", false}})
        .then(this, [this, took](const Result<void> &stopped) {
            if (stopped)
                m_form->submit(took);
            else
                took(stopped);
        });
}

void ServerPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void ServerPage::refresh()
{
    const NodeView &view = m_link.view();
    const bool fixed = view.fixed.contains(QStringLiteral("server"));
    m_page->setTitle(tr("Server"));
    m_intro->setText(tr("A server sends guests to you: use one only if you know who runs it. Its "
                        "operator gives you an address or an invitation."));
    QString present;
    if (fixed)
        present =
            tr("The server was set when the service was started, and cannot be changed here.");
    else if (view.server)
        present = tr("It takes the place of %1.").arg(view.server->address());
    if (view.sharing && !fixed)
        present = (present + QLatin1Char(' ') + tr("Sharing is switched off for that."))
                      .
                      operator QString()
                      .trimmed();
    m_present->setText(present);
    m_present->setVisible(!present.isEmpty());
    m_form->setEnabled(!m_busy && !fixed);
    m_use->setText(m_busy                     ? tr("Telling the service…")
                   : m_acceptance.asksAgain() ? otherCertificateText()
                                              : tr("Use this server"));
    m_use->setEnabled(!m_busy && !fixed && !m_form->empty() && m_acceptance.isReady());
}

} // namespace higgs::node
