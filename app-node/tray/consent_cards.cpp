// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/consent_cards.h"

#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QPainter>

namespace higgs::node {

using namespace widgets;

namespace {

struct ConsentCards
{
    Q_DECLARE_TR_FUNCTIONS(ConsentCards)
};

class GlyphMark : public QWidget
{
public:
    explicit GlyphMark(Glyph glyph) : m_glyph(glyph) { setFixedSize(Margin, Margin); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        drawGlyph(painter, m_glyph, QRectF(0, 0, GlyphSize, GlyphSize).translated(0, 1),
                  tokensOf(*this).accent);
    }

private:
    Glyph m_glyph;
};

} // namespace

PointList::PointList(const std::vector<Glyph> &glyphs, TextStyle style, QWidget *parent)
    : QWidget(parent)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(style == TextStyle::Body ? 2 * Grid : Grid);
    for (const Glyph glyph : glyphs) {
        auto *across = new QHBoxLayout;
        across->setSpacing(Grid);
        auto *label = new Label(style);
        across->addWidget(new GlyphMark(glyph), 0, Qt::AlignTop);
        across->addWidget(label, 1);
        all->addLayout(across);
        m_labels.push_back(label);
    }
}

void PointList::setPoints(const QStringList &points)
{
    for (std::size_t i = 0; i < m_labels.size(); ++i)
        m_labels[i]->setText(points.value(static_cast<qsizetype>(i)));
}

std::vector<Glyph> meaningGlyphs()
{
    return {Glyph::Globe, Glyph::Lock, Glyph::Warning, Glyph::Power};
}

QStringList meaningPoints()
{
    return {
        ConsentCards::tr("Guests browse the Internet through your line. Websites see your address "
                         "instead of theirs."),
        ConsentCards::tr("This computer does not write down who they are or where they go."),
        ConsentCards::tr("What a guest does can be taken for yours. Share only if your provider's "
                         "terms and the law where you live allow it."),
        ConsentCards::tr("You switch it on and off. It keeps to your limits, and it can pause by "
                         "itself."),
    };
}

std::vector<Glyph> neverGlyphs()
{
    return {Glyph::Shield, Glyph::Route, Glyph::Lock, Glyph::Users, Glyph::Close};
}

QStringList neverPoints()
{
    return {
        ConsentCards::tr("Computers, printers, cameras and TVs in your home."),
        ConsentCards::tr("Your router and its settings page."),
        ConsentCards::tr("This computer itself: its files, programs and screen."),
        ConsentCards::tr("Other guests."),
        ConsentCards::tr("Mail servers and Windows file sharing anywhere, so that nobody sends "
                         "spam from your address."),
    };
}

} // namespace higgs::node
