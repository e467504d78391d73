// SPDX-License-Identifier: GPL-3.0-or-later
// Figures in words: at the seams of units, for nonsense, and in Russian spelling of numbers.
#include "shared/widgets/country_names.h"
#include "shared/widgets/format.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace higgs::widgets;
using std::chrono::milliseconds;

class FormatTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bytes_data();
    void bytes();
    void rates();
    void clocks_data();
    void clocks();
    void latencies_data();
    void latencies();
    void shares();
    void roughly();
    void countries();

private:
    const QLocale m_english{QLocale::English, QLocale::UnitedStates};
    const QLocale m_russian{QLocale::Russian};
};

void FormatTest::bytes_data()
{
    QTest::addColumn<quint64>("bytes");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << quint64{0} << QStringLiteral("0 B");
    QTest::newRow("below a thousand") << quint64{999} << QStringLiteral("999 B");
    QTest::newRow("a thousand") << quint64{1000} << QStringLiteral("1 kB");
    QTest::newRow("one decimal") << quint64{12'400'000} << QStringLiteral("12.4 MB");
    QTest::newRow("whole from a hundred") << quint64{123'456'789} << QStringLiteral("123 MB");
    QTest::newRow("rounds into the next unit") << quint64{999'999'999} << QStringLiteral("1 GB");
    QTest::newRow("largest") << std::numeric_limits<quint64>::max()
                             << QStringLiteral("18,446,744 TB");
}

void FormatTest::bytes()
{
    QFETCH(quint64, bytes);
    QTEST(bytesText(bytes, m_english), "text");
}

void FormatTest::rates()
{
    QCOMPARE(rateText(12.4e6, m_english), QStringLiteral("12.4 MB/s"));
    QCOMPARE(rateText(12.4e6, m_russian), QStringLiteral("12,4 MB/s"));
    QCOMPARE(rateText(-1, m_english), QStringLiteral("0 B/s"));
    QCOMPARE(rateText(std::nan(""), m_english), QStringLiteral("0 B/s"));
    QCOMPARE(rateText(std::numeric_limits<double>::infinity(), m_english), QStringLiteral("0 B/s"));
}

void FormatTest::clocks_data()
{
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("before") << qint64{-5} << QStringLiteral("0:00");
    QTest::newRow("seconds") << qint64{42} << QStringLiteral("0:42");
    QTest::newRow("minutes") << qint64{725} << QStringLiteral("12:05");
    QTest::newRow("hours") << qint64{3 * 3600 + 245} << QStringLiteral("3:04:05");
    QTest::newRow("days") << qint64{2 * 86400 + 3 * 3600 + 245} << QStringLiteral("2 d 3:04:05");
}

void FormatTest::clocks()
{
    QFETCH(qint64, seconds);
    QTEST(clockText(std::chrono::seconds(seconds), m_english), "text");
}

void FormatTest::latencies_data()
{
    QTest::addColumn<double>("ms");
    QTest::addColumn<QString>("text");
    QTest::newRow("fast") << 0.84 << QStringLiteral("1 ms");
    QTest::newRow("nearly ten") << 9.96 << QStringLiteral("10 ms");
    QTest::newRow("usual") << 24.3 << QStringLiteral("24 ms");
    QTest::newRow("a second") << 1234.0 << QStringLiteral("1.2 s");
    QTest::newRow("below nothing") << -3.0 << QStringLiteral("1 ms");
    QTest::newRow("none") << std::nan("") << QStringLiteral("1 ms");
}

void FormatTest::latencies()
{
    QFETCH(double, ms);
    QTEST(latencyText(ms, m_english), "text");
}

void FormatTest::shares()
{
    QCOMPARE(percentText(0.634, m_english), QStringLiteral("63%"));
    QCOMPARE(percentText(7, m_english), QStringLiteral("100%"));
    QCOMPARE(percentText(-7, m_english), QStringLiteral("0%"));
}

void FormatTest::roughly()
{
    QCOMPARE(roughText(milliseconds(59'999), m_english), QStringLiteral("less than a minute"));
    QVERIFY(roughText(std::chrono::minutes(5), m_english).startsWith(QStringLiteral("5 minute")));
    QCOMPARE(roughText(std::chrono::minutes(200), m_english), QStringLiteral("3 h 20 min"));
    QCOMPARE(roughText(std::chrono::hours(51), m_english), QStringLiteral("2 d 3 h"));
}

void FormatTest::countries()
{
    QCOMPARE(nativeCountryName(QStringLiteral("US")), QStringLiteral("United States"));
    QCOMPARE(nativeCountryName(QStringLiteral("DE")), QStringLiteral("Deutschland"));
    QCOMPARE(countryName(QStringLiteral("DE"), m_russian), QStringLiteral("Германия"));
    QCOMPARE(countryName(QStringLiteral("US"), m_russian), QStringLiteral("США"));
    QCOMPARE(longCountryName(QStringLiteral("US"), m_russian), QStringLiteral("Соединенные Штаты"));
    QCOMPARE(englishCountryName(QStringLiteral("JP")), QStringLiteral("Japan"));
    for (const auto &wrong : {QString(), QStringLiteral("X"), QStringLiteral("de"),
                              QStringLiteral("D;"), QStringLiteral("DEU")})
        QCOMPARE(countryName(wrong, m_russian), wrong);
}

QTEST_GUILESS_MAIN(FormatTest)
#include "format_test.moc"
