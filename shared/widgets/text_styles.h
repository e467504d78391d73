// SPDX-License-Identifier: GPL-3.0-or-later
// The four sizes of type, and a label that shows plain text in one of them.
#pragma once

#include <QFont>
#include <QLabel>

namespace higgs::widgets {

struct Tokens;

enum class TextStyle : std::uint8_t {
    State,         ///< 28, demi-bold: the state
    Title,         ///< 20, demi-bold: a page
    Body,          ///< 15
    BodyStrong,    ///< 15, demi-bold: a card's head
    Caption,       ///< 13
    CaptionStrong, ///< 13, demi-bold: a section's head
};

enum class Ink : std::uint8_t { Text, Secondary, Accent, Secured, Blocked };

/// In device-independent pixels; larger than the token where the person's own font is larger.
int pixelSize(TextStyle style, const QFont &base);
QFont fontOf(TextStyle style, const QFont &base);
QColor colourOf(Ink ink, const Tokens &tokens);

/// Never rich text: what it shows may come from a server. Wraps, so that a sentence is never cut.
class Label : public QLabel
{
    Q_OBJECT

public:
    explicit Label(TextStyle style, Ink ink = Ink::Text, QWidget *parent = nullptr);
    Label(const QString &text, TextStyle style, Ink ink = Ink::Text, QWidget *parent = nullptr);

    void setInk(Ink ink);
    /// Lines of about the same length, for a centred sentence: no last line of one word.
    void setBalanced();
    /// A line through it: what was, and is not so any more.
    void setStruckOut();

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void refresh();

    TextStyle m_style;
    Ink m_ink;
    bool m_balanced = false;
    bool m_struckOut = false;
    bool m_refreshing = false;
};

/// Draws with every digit in a cell of the widest digit, so that counting figures stand still:
/// Qt 6.4 cannot ask a font for its tabular figures. `baseline` is the left end.
void drawFigures(QPainter &painter, QPointF baseline, QStringView text);
double figuresWidth(const QFont &font, QStringView text);

/// One line of counting figures, drawn with drawFigures.
class FigureLabel : public QWidget
{
    Q_OBJECT

public:
    explicit FigureLabel(TextStyle style, Ink ink = Ink::Text, QWidget *parent = nullptr);

    void setText(const QString &text);
    QString text() const { return m_text; }
    void setAlignment(Qt::Alignment alignment);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QFont styled() const;

    TextStyle m_style;
    Ink m_ink;
    Qt::Alignment m_alignment = Qt::AlignLeft;
    QString m_text;
    double m_reserved = 0; ///< the widest so far: the neighbours do not move at each digit
};

} // namespace higgs::widgets
