// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/copy_box.h"

#include "shared/widgets/button.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>

namespace higgs::widgets {

namespace {

constexpr std::chrono::milliseconds CopiedShown{1500};
constexpr qsizetype LongestRun = 24;

/// Long runs without a space are broken evenly; 24 is eight bytes "AB:", a row of a fingerprint.
QString breakable(const QString &text)
{
    constexpr QChar Break(QChar::LineSeparator);
    QString out;
    qsizetype run = 0;
    for (const QChar c : text) {
        if (run == LongestRun) {
            out += Break;
            run = 0;
        }
        out += c;
        run = c.isSpace() ? 0 : run + 1;
    }
    return out;
}

} // namespace

CopyBox::CopyBox(QWidget *parent)
    : QWidget(parent), m_text(new QLabel), m_button(new IconButton(Glyph::Copy))
{
    auto *across = new QHBoxLayout(this);
    across->setContentsMargins(2 * Grid, Grid / 2, Grid / 2, Grid / 2);
    across->setSpacing(Grid);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setContentsMargins(0, Grid, 0, Grid);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(CaptionSize);
    m_text->setFont(font);
    across->addWidget(m_text, 1);
    across->addWidget(m_button, 0, Qt::AlignTop);
    m_copied.setSingleShot(true);
    m_copied.setInterval(CopiedShown);
    connect(&m_copied, &QTimer::timeout, this, &CopyBox::retranslate);
    connect(m_button, &IconButton::clicked, this, &CopyBox::copy);
    retranslate();
}

void CopyBox::setProse()
{
    m_text->setFont(fontOf(TextStyle::Body, QApplication::font()));
}

void CopyBox::setText(const QString &text)
{
    m_plain = text;
    m_text->setText(breakable(text));
}

void CopyBox::copy()
{
    QApplication::clipboard()->setText(m_plain);
    m_copied.start();
    m_button->setGlyph(Glyph::Check);
    m_button->setName(tr("Copied"));
}

void CopyBox::retranslate()
{
    if (m_copied.isActive())
        return;
    m_button->setGlyph(Glyph::Copy);
    m_button->setName(tr("Copy"));
}

void CopyBox::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void CopyBox::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(t.line, 1));
    painter.setBrush(t.background);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), ControlRadius,
                            ControlRadius);
}

} // namespace higgs::widgets
