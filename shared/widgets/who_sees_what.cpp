// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/who_sees_what.h"

#include "shared/widgets/card.h"
#include "shared/widgets/page.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QCoreApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

struct WhoSeesText
{
    Q_DECLARE_TR_FUNCTIONS(WhoSeesWhat)
};

class RowGlyph : public QWidget
{
public:
    explicit RowGlyph(Glyph glyph) : m_glyph(glyph) { setFixedSize(Margin, Margin); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        drawGlyph(painter, m_glyph, QRectF(0, 0, GlyphSize, GlyphSize), tokensOf(*this).accent);
    }

private:
    Glyph m_glyph;
};

std::vector<WhoSees> forGuest()
{
    return {
        {Glyph::Lock, WhoSeesText::tr("Your provider and your network"),
         WhoSeesText::tr("They see that you speak to the server, and on a straight path to which "
                         "home, when and how much. Not where you go.")},
        {Glyph::Route, WhoSeesText::tr("The server"),
         WhoSeesText::tr(
             "It, and the TURN relay that it may name, see your address, when you are "
             "connected, to which home, and how much. Not where you go: what they pass on is "
             "sealed.")},
        {Glyph::Users, WhoSeesText::tr("The home you leave from"),
         WhoSeesText::tr(
             "A stranger's computer. It can see which sites you visit, when and how "
             "much, and read what is not encrypted. Names are looked up from there, "
             "by the exit's resolver or by servers that you choose. It is told your "
             "address, too, so that you can meet straight; not where you choose the relay "
             "or TURN alone, or an entry node. The "
             "pages of sites with https stay closed to it, and it is not told who you "
             "are.")},
        {Glyph::Globe, WhoSeesText::tr("The site"),
         WhoSeesText::tr("It sees the home's address instead of yours, and what you tell it: where "
                         "you sign in, you are known.")},
    };
}

std::vector<WhoSees> forOwner()
{
    return {
        {Glyph::Users, WhoSeesText::tr("You"),
         WhoSeesText::tr(
             "You could see which sites guests visit, as their provider could. "
             "HiggsNode writes none of it down, and you are not told who they are. Guests' "
             "own addresses reach this computer, so that a straight path can be found. "
             "Whoever watches guests answers for that, and the law may forbid it.")},
        {Glyph::Route, WhoSeesText::tr("The server"),
         WhoSeesText::tr("It sees your address and country, when you share, which guest comes and "
                         "how much. Not where guests go.")},
        {Glyph::Globe, WhoSeesText::tr("The site"),
         WhoSeesText::tr("It sees your address instead of the guest's. Whatever a guest does there "
                         "looks as if it came from your home.")},
        {Glyph::Lock, WhoSeesText::tr("Your provider"),
         WhoSeesText::tr("It sees guests' traffic as if it were yours, and the names that are "
                         "looked up from here for them.")},
        {Glyph::Warning, WhoSeesText::tr("What the law may ask of you"),
         WhoSeesText::tr("Your address stands for what guests do: a complaint or a question of the "
                         "police comes to you first. Your provider's terms may forbid sharing, and "
                         "in some countries who shares a line answers for it. Ask somebody who "
                         "knows the law where you live.")},
    };
}

} // namespace

std::vector<WhoSees> whoSeesWhat(Side side)
{
    return side == Side::Guest ? forGuest() : forOwner();
}

QString whoSeesFooter(Side side)
{
    return side == Side::Guest
               ? WhoSeesText::tr("This is so with a server whose operator you trust: it introduces "
                                 "you and the home to each other.")
               : WhoSeesText::tr("This is so with a server whose operator you trust: it introduces "
                                 "guests and your home to each other.");
}

WhoSeesList::WhoSeesList(Side side, QWidget *parent)
    : QWidget(parent), m_side(side), m_footer(new Label(TextStyle::Caption, Ink::Secondary))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(2 * Grid);
    for (const WhoSees &each : whoSeesWhat(side)) {
        auto *across = new QHBoxLayout;
        across->setSpacing(Grid);
        across->addWidget(new RowGlyph(each.glyph), 0, Qt::AlignTop);
        auto *words = new QVBoxLayout;
        words->setSpacing(Grid / 4);
        m_rows.emplace_back(new Label(TextStyle::BodyStrong),
                            new Label(TextStyle::Body, Ink::Secondary));
        words->addWidget(m_rows.back().first);
        words->addWidget(m_rows.back().second);
        across->addLayout(words, 1);
        all->addLayout(across);
    }
    all->addWidget(m_footer);
    retranslate();
}

void WhoSeesList::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void WhoSeesList::retranslate()
{
    const std::vector<WhoSees> words = whoSeesWhat(m_side);
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        m_rows[i].first->setText(words[i].who);
        m_rows[i].second->setText(words[i].what);
    }
    m_footer->setText(whoSeesFooter(m_side));
}

WhoSeesPage::WhoSeesPage(Side side, QWidget *parent)
    : QWidget(parent), m_page(new Page(QString(), this))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    auto *card = new Card;
    auto *list = new WhoSeesList(side);
    list->setObjectName(QStringLiteral("whoSeesList"));
    card->body()->addWidget(list);
    m_page->body()->addWidget(card);
    m_page->body()->addStretch(1);
    setFocusProxy(m_page);
    connect(m_page, &Page::back, this, &WhoSeesPage::back);
    retranslate();
}

void WhoSeesPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void WhoSeesPage::retranslate()
{
    m_page->setTitle(tr("Who sees what"));
}

} // namespace higgs::widgets
