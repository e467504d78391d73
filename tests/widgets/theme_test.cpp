// SPDX-License-Identifier: GPL-3.0-or-later
// Contrast of the tokens by WCAG's formula, and what the theme does to an application.
#include "shared/widgets/calm_style.h"
#include "shared/widgets/load_bar.h"
#include "shared/widgets/state_ring.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/theme.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/tray_icon.h"

#include <QApplication>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

using namespace higgs::widgets;

namespace {

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor &colour)
{
    return 0.2126 * linear(double{colour.redF()}) + 0.7152 * linear(double{colour.greenF()}) +
           0.0722 * linear(double{colour.blueF()});
}

constexpr double Shape = 3.0;

double contrast(const QColor &a, const QColor &b)
{
    const double lighter = std::max(luminance(a), luminance(b));
    const double darker = std::min(luminance(a), luminance(b));
    return (lighter + 0.05) / (darker + 0.05);
}

/// What stands out most from the ground in a column of pixels, from `from` to `to`.
double strongest(const QImage &image, int x, int from, int to, const QColor &ground)
{
    double most = 1;
    for (int y = from; y < to; ++y)
        most = std::max(most, contrast(image.pixelColor(x, y), ground));
    return most;
}

QImage pictureOf(QWidget &widget, const Tokens &t)
{
    QPalette palette;
    palette.setColor(QPalette::Window, t.background);
    widget.setPalette(palette);
    QImage image(widget.size(), QImage::Format_RGB32);
    image.fill(t.background);
    widget.render(&image, {}, {}, QWidget::DrawChildren);
    return image;
}

} // namespace

class ThemeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void formula();
    void contrasts();
    void namedShapes();
    void ringsAsPainted_data();
    void ringsAsPainted();
    void loadBarAsPainted();
    void threeLooksOfASwitch();
    void choiceReachesWidgets();
    void lessMotion();
    void labelsArePlain();
    void largerFontsStayLarger();
    void trayShapesDiffer();
};

void ThemeTest::formula()
{
    QCOMPARE(std::lround(contrast(Qt::black, Qt::white) * 10), 210L);
    QCOMPARE(std::lround(contrast(QColor(0x767676), Qt::white) * 100), 454L);
}

void ThemeTest::contrasts()
{
    constexpr double Text = 4.5;
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const Tokens &t = tokens(shade);
        for (const QColor &ground : {t.background, t.surface, t.raised}) {
            for (const QColor &ink : {t.text, t.secondary, t.accent, t.secured, t.blocked})
                QVERIFY2(contrast(ink, ground) >= Text,
                         qPrintable(ink.name() + u' ' + ground.name()));
            for (const QColor &ink : {t.working, outline(t)})
                QVERIFY2(contrast(ink, ground) >= Shape,
                         qPrintable(ink.name() + u' ' + ground.name()));
        }
        QVERIFY(contrast(t.onAccent, t.accent) >= Text);
        // Banners: text on a ground tinted with their colour.
        for (const QColor &tone : {t.accent, t.working, t.blocked})
            QVERIFY(contrast(t.text, mixed(t.surface, tone, 0.08)) >= Text);
    }
}

void ThemeTest::namedShapes()
{
    struct Pair
    {
        const char *name;
        QColor ink;
        std::vector<QColor> grounds;
    };
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const Tokens &t = tokens(shade);
        const std::vector<QColor> all{t.background, t.surface, t.raised};
        const std::vector<QColor> chosen{chosenGround(t, t.background), chosenGround(t, t.raised)};
        const std::vector<Pair> pairs{
            {"idle ring", idleRing(t), all},
            {"reconnecting ring", attentionRing(t), all},
            {"load's track", loadTrack(t), all},
            {"load, usual", t.secured, all},
            {"load, busy", t.working, all},
            {"load, full", t.blocked, all},
            {"slider's track", sliderTrack(t), all},
            {"empty hour", emptyCell(t), all},
            {"past day", pastBar(t), all},
            {"chosen row's bar", chosenBar(t), all},
            {"chosen row's bar", chosenBar(t), chosen},
        };
        for (const Pair &pair : pairs) {
            for (const QColor &ground : pair.grounds)
                QVERIFY2(
                    contrast(pair.ink, ground) >= Shape,
                    qPrintable(QStringLiteral("%1: %2 on %3, %4")
                                   .arg(QLatin1String(pair.name), pair.ink.name(), ground.name())
                                   .arg(contrast(pair.ink, ground))));
        }
        for (const QColor &ground : chosen)
            QVERIFY(contrast(t.secondary, ground) >= 4.5);
        // Control: what these were painted in before, a divider's colour or a breath of another,
        // is seen to be too little.
        QVERIFY(contrast(t.line, t.background) < Shape);
        QVERIFY(contrast(mixed(t.background, t.working, 0.3), t.background) < Shape);
        QVERIFY(contrast(mixed(t.line, t.secondary, 0.25), t.background) < Shape);
        QVERIFY(contrast(mixed(t.surface, t.line, 0.7), t.surface) < Shape);
        QVERIFY(contrast(chosenGround(t, t.background), t.background) < Shape);
    }
}

void ThemeTest::ringsAsPainted_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("idle") << static_cast<int>(RingKind::Off);
    QTest::newRow("connected") << static_cast<int>(RingKind::On);
    QTest::newRow("reconnecting") << static_cast<int>(RingKind::Attention);
    QTest::newRow("blocked") << static_cast<int>(RingKind::Blocked);
}

void ThemeTest::ringsAsPainted()
{
    QFETCH(int, kind);
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        StateRing ring;
        ring.setVerb(Glyph::Power, QStringLiteral("Disconnect"), false);
        ring.setKind(static_cast<RingKind>(kind));
        ring.resize(ring.sizeHint());
        const QImage image = pictureOf(ring, tokens(shade));
        // Above the circle; a dash or a part of the ring crosses one of these columns.
        double most = 1;
        for (int x = image.width() / 2; x < image.width() / 2 + 12; ++x)
            most = std::max(most, strongest(image, x, 0, 12, tokens(shade).background));
        QVERIFY2(most >= Shape, qPrintable(QString::number(most)));
    }
}

void ThemeTest::loadBarAsPainted()
{
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        LoadBar bar;
        bar.setShare(0.2);
        bar.resize(bar.sizeHint());
        const QImage image = pictureOf(bar, tokens(shade));
        const QColor ground = tokens(shade).background;
        const int end = image.width() - 8;
        QVERIFY(strongest(image, 8, 0, image.height(), ground) >= Shape);
        QVERIFY(strongest(image, end, 0, image.height(), ground) >= Shape);
        // What is not filled is hollow, so that the end of what is can be seen.
        QVERIFY(contrast(image.pixelColor(end, image.height() / 2), ground) < 1.1);
        QVERIFY(contrast(image.pixelColor(8, image.height() / 2), ground) >= Shape);
    }
}

void ThemeTest::threeLooksOfASwitch()
{
    ToggleSwitch toggle(ToggleSwitch::Size::Large);
    toggle.resize(toggle.sizeHint());
    const Tokens &t = tokens(Shade::Light);
    const QImage off = pictureOf(toggle, t);
    toggle.setChecked(true);
    const QImage on = pictureOf(toggle, t);
    toggle.setHeld(Glyph::Pause);
    const QImage held = pictureOf(toggle, t);
    QVERIFY(off != on && on != held && held != off);
    // Beside the thumb the track is filled where it is on, and hollow where that is held.
    const QPoint beside(on.width() / 3, on.height() / 2);
    QVERIFY(contrast(on.pixelColor(beside), t.surface) >= Shape);
    QVERIFY(contrast(held.pixelColor(beside), t.surface) < 1.1);
}

void ThemeTest::choiceReachesWidgets()
{
    Theme theme(*qApp);
    QWidget window;
    auto *widget = new QWidget(&window);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QSignalSpy changes(&theme, &Theme::changed);
    theme.setChoice(ThemeChoice::Dark);
    QCOMPARE(changes.count(), 1);
    QCOMPARE(theme.shade(), Shade::Dark);
    // Qt hands a new palette on from its event loop.
    QTRY_COMPARE(tokensOf(*widget).background, tokens(Shade::Dark).background);
    theme.setChoice(ThemeChoice::Light);
    QTRY_COMPARE(tokensOf(*widget).background, tokens(Shade::Light).background);
    theme.setChoice(ThemeChoice::Light);
    QCOMPARE(changes.count(), 2);
    Theme panelled(*qApp, QStringLiteral("ubuntu:GNOME"));
    QCOMPARE(panelled.panelShade(), Shade::Dark);
}

void ThemeTest::lessMotion()
{
    Theme theme(*qApp);
    StateRing ring;
    ring.setKind(RingKind::Working);
    ring.show();
    QVERIFY(QTest::qWaitForWindowExposed(&ring));
    const bool welcome = mayAnimate(ring);
    QCOMPARE(ring.moving(), welcome);
    theme.setAnimations(false);
    QVERIFY(!mayAnimate(ring));
    ring.setKind(RingKind::Attention);
    QVERIFY(!ring.moving());
    theme.setAnimations(true);
    ring.setKind(RingKind::On);
    QVERIFY(!ring.moving());
}

void ThemeTest::labelsArePlain()
{
    Label label(QStringLiteral("<b>Berlin</b>"), TextStyle::Body);
    QCOMPARE(label.textFormat(), Qt::PlainText);
    QVERIFY(label.wordWrap());
}

void ThemeTest::largerFontsStayLarger()
{
    QFont usual;
    usual.setPixelSize(13);
    QCOMPARE(pixelSize(TextStyle::Body, usual), BodySize);
    QCOMPARE(pixelSize(TextStyle::State, usual), StateSize);
    QFont large;
    large.setPixelSize(30);
    QCOMPARE(pixelSize(TextStyle::Body, large), 30);
    QCOMPARE(pixelSize(TextStyle::State, large), 56);
    // The theme sets the scaled size as the application's: it must not grow again.
    QFont set = usual;
    set.setPixelSize(pixelSize(TextStyle::Body, usual));
    QCOMPARE(pixelSize(TextStyle::Body, set), BodySize);
}

void ThemeTest::trayShapesDiffer()
{
    std::vector<QImage> shapes;
    for (const TrayShape shape :
         {TrayShape::Off, TrayShape::On, TrayShape::Working, TrayShape::Blocked})
        shapes.push_back(trayIcon(shape, Shade::Dark).pixmap(22, 22).toImage());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            int different = 0;
            for (int y = 0; y < 22; ++y) {
                for (int x = 0; x < 22; ++x)
                    different += std::abs(qAlpha(shapes[i].pixel(x, y)) -
                                          qAlpha(shapes[j].pixel(x, y))) > 128;
            }
            QVERIFY2(different >= 12, qPrintable(QString::number(different)));
        }
    }
}

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
