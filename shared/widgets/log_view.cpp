// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/log_view.h"

#include "shared/widgets/tokens.h"

#include <QFontDatabase>
#include <QScrollBar>

namespace higgs::widgets {

namespace {

constexpr int MaxBlocks = 2000;
constexpr int ShownLines = 14;

} // namespace

LogView::LogView(QWidget *parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setUndoRedoEnabled(false);
    setMaximumBlockCount(MaxBlocks);
    setLineWrapMode(QPlainTextEdit::WidgetWidth);
    setFrameShape(QFrame::NoFrame);
    // Tab goes on to the next control, and does not end here.
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(CaptionSize - 1);
    setFont(font);
}

void LogView::setLines(const QStringList &lines)
{
    const bool atEnd = verticalScrollBar()->value() == verticalScrollBar()->maximum();
    const int kept = verticalScrollBar()->value();
    setPlainText(lines.join(QLatin1Char('\n')));
    verticalScrollBar()->setValue(atEnd ? verticalScrollBar()->maximum() : kept);
}

QSize LogView::sizeHint() const
{
    return {320, fontMetrics().lineSpacing() * ShownLines};
}

} // namespace higgs::widgets
