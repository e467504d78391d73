// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/receipt_page.h"

#include "app-vpn/gui/daemon_link.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/format.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/save_dialog.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QClipboard>
#include <QEvent>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLocale>
#include <QSaveFile>
#include <QVBoxLayout>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr Milliseconds AskInterval{2'000};
constexpr Milliseconds CopiedFor{2'000};

} // namespace

ReceiptPage::ReceiptPage(DaemonLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_headline(new Label(TextStyle::Title)),
      m_note(new Label(TextStyle::Caption, Ink::Secondary)),
      m_left(makeTable()),
      m_refused(makeTable()),
      m_copy(new Button),
      m_save(new Button),
      m_saved(new Label(TextStyle::Caption, Ink::Secondary))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_headline->setObjectName(QStringLiteral("receiptHeadline"));
    m_note->setObjectName(QStringLiteral("receiptNote"));
    m_copy->setObjectName(QStringLiteral("receiptCopy"));
    m_save->setObjectName(QStringLiteral("receiptSave"));
    m_saved->setObjectName(QStringLiteral("receiptSaved"));
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_headline);
    body->addWidget(m_note);
    body->addWidget(m_left.frame);
    body->addWidget(m_refused.frame);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(Grid);
    buttons->addWidget(m_copy);
    buttons->addWidget(m_save);
    buttons->addStretch(1);
    body->addLayout(buttons);
    body->addWidget(m_saved);
    body->addStretch(1);
    m_saved->hide();
    setFocusProxy(m_page);
    m_again.setInterval(AskInterval);
    m_copied.setInterval(CopiedFor);
    m_copied.setSingleShot(true);
    connect(m_page, &Page::back, this, &ReceiptPage::back);
    connect(m_copy, &QPushButton::clicked, this, &ReceiptPage::copy);
    connect(m_save, &QPushButton::clicked, this, &ReceiptPage::chooseFile);
    connect(&m_again, &QTimer::timeout, this, &ReceiptPage::ask);
    connect(&m_copied, &QTimer::timeout, this, &ReceiptPage::retranslate);
    retranslate();
}

ReceiptPage::Table ReceiptPage::makeTable()
{
    Table table{
        new Label(TextStyle::CaptionStrong, Ink::Secondary), new QWidget, new QGridLayout, {}};
    auto *card = new Card;
    table.grid->setHorizontalSpacing(2 * Grid);
    table.grid->setVerticalSpacing(Grid);
    table.grid->setColumnStretch(0, 1);
    card->body()->addLayout(table.grid);
    auto *column = headed(table.title, card);
    column->setContentsMargins(0, 0, 0, 0);
    table.frame->setLayout(column);
    return table;
}

void ReceiptPage::fill(Table &table, const QString &title, const std::vector<ReceiptRow> &rows)
{
    table.title->setText(title);
    while (table.lines.size() < rows.size()) {
        const int row = static_cast<int>(table.lines.size());
        const Table::Line line{new Label(TextStyle::Body), new FigureLabel(TextStyle::BodyStrong),
                               new FigureLabel(TextStyle::Caption, Ink::Secondary)};
        table.grid->addWidget(line.words, row, 0);
        table.grid->addWidget(line.packets, row, 1, Qt::AlignRight | Qt::AlignVCenter);
        table.grid->addWidget(line.bytes, row, 2, Qt::AlignRight | Qt::AlignVCenter);
        table.lines.push_back(line);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const ReceiptRow &row = rows[i];
        table.lines[i].words->setText(row.words);
        table.lines[i].words->setInk(!row.leaked        ? Ink::Text
                                     : row.packets == 0 ? Ink::Secured
                                                        : Ink::Blocked);
        table.lines[i].packets->setText(QLocale().toString(row.packets));
        table.lines[i].bytes->setText(bytesText(row.bytes));
    }
}

QString ReceiptPage::text() const
{
    return receiptText(receiptView(m_answer));
}

Result<void> ReceiptPage::save(const QString &path) const
{
    QSaveFile file(path);
    const QByteArray bytes = text().toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return unexpected(ErrorCode::System, file.errorString().toStdString());
    return {};
}

void ReceiptPage::ask()
{
    m_link.line()
        .call("receipt", protocol::Json::object())
        .then(this, [this](const Result<protocol::Json> &answer) {
            m_refusal = answer ? QString() : refusalText(answer.error());
            m_answer = answer ? *answer : protocol::Json(); // an old one is no answer
            retranslate();
        });
}

void ReceiptPage::copy()
{
    QGuiApplication::clipboard()->setText(text());
    m_copied.start();
    retranslate();
}

void ReceiptPage::chooseFile()
{
    saveByDialog(
        this, tr("Save the receipt"), QStringLiteral("higgs-vpn-receipt.txt"),
        [this](const QString &path) { return save(path); }, *m_saved);
}

void ReceiptPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_saved->hide();
    ask();
    m_again.start();
}

void ReceiptPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_again.stop();
}

void ReceiptPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ReceiptPage::retranslate()
{
    const ReceiptView receipt = receiptView(m_answer);
    m_page->setTitle(tr("Leak receipt"));
    m_headline->setText(receiptHeadline(receipt));
    m_headline->setInk(!receipt.counted      ? Ink::Text
                       : receipt.outside > 0 ? Ink::Blocked
                       : receipt.gaps > 0    ? Ink::Text
                                             : Ink::Secured);
    m_note->setText(m_refusal.isEmpty() ? receiptNote(receipt) : m_refusal);
    m_left.frame->setVisible(receipt.counted);
    m_refused.frame->setVisible(receipt.counted);
    fill(m_left, leftTitle(), receipt.left);
    fill(m_refused, refusedTitle(), receipt.refused);
    m_copy->setText(m_copied.isActive() ? tr("Copied") : tr("Copy"));
    m_save->setText(tr("Save…"));
    m_copy->setVisible(receipt.counted);
    m_save->setVisible(receipt.counted);
}

} // namespace higgs::vpn
