// SPDX-License-Identifier: GPL-3.0-or-later
// Contrast of the tokens by WCAG's formula, and what the theme does to an application.
#include "shared/widgets/calm_style.h"
#include "shared/widgets/state_ring.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/theme.h"
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

double contrast(const QColor &a, const QColor &b)
{
    const double lighter = std::max(luminance(a), luminance(b));
    const double darker = std::min(luminance(a), luminance(b));
    return (lighter + 0.05) / (darker + 0.05);
}

} // namespace

class ThemeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void formula();
    void contrasts();
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
    constexpr double Shape = 3.0;
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
