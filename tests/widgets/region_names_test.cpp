// SPDX-License-Identifier: GPL-3.0-or-later
// Names of regions: the two formats of iso-codes, whole, cut and damaged; and the installed lists.
#include "shared/widgets/country_names.h"
#include "shared/widgets/region_names.h"

#include <QFile>
#include <QtTest>

using namespace higgs::widgets;

class RegionNamesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsSubdivisions()
    {
        const QHash<QString, QString> names = readSubdivisions(
            R"({"3166-2": [{"code": "DE-BE", "name": "Berlin"}, {"code": "DE-BY"}, 7, {"name": "x"}]})");
        QCOMPARE(names.size(), 1);
        QCOMPARE(names.value(QStringLiteral("DE-BE")), QStringLiteral("Berlin"));
        QVERIFY(readSubdivisions("[]").isEmpty());
        QVERIFY(readSubdivisions("{\"3166-2\": {}}").isEmpty());
        QVERIFY(readSubdivisions({}).isEmpty());
    }

    void readsCatalogue()
    {
        const QByteArray mo = catalogue();
        QCOMPARE(readCatalogue(mo).value(QStringLiteral("Berlin")), QString::fromUtf8("Берлин"));
        for (qsizetype length = 0; length < mo.size(); ++length)
            QVERIFY(readCatalogue(mo.left(length)).size() <= 1);
        for (qsizetype bit = 0; bit < mo.size() * 8; ++bit) {
            QByteArray damaged = mo;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
            const qsizetype read = readCatalogue(damaged).size(); // ends, and reads nothing outside
            QVERIFY(read >= 0);
        }
    }

    void installedLists()
    {
        if (!QFile::exists(QStringLiteral("/usr/share/iso-codes/json/iso_3166-2.json")))
            QSKIP("iso-codes is not installed");
        QCOMPARE(subdivisionName(QStringLiteral("DE-BE"), QLocale(QLocale::English)),
                 QStringLiteral("Berlin"));
        QCOMPARE(subdivisionName(QStringLiteral("XX-YY")), QString());
        QCOMPARE(regionName(QStringLiteral("DE-BE"), QStringLiteral("DE")),
                 QStringLiteral("Berlin"));
        QCOMPARE(regionName(QStringLiteral("DE-ZZ"), QStringLiteral("DE")), QStringLiteral("ZZ"));
        QCOMPARE(regionName(QStringLiteral("Somewhere"), QStringLiteral("DE")),
                 QStringLiteral("Somewhere"));
    }

private:
    /// One message, as msgfmt would write it.
    static QByteArray catalogue()
    {
        const QByteArray original = "Berlin";
        const QByteArray translation = "Берлин";
        QByteArray mo;
        const auto word = [&mo](quint32 value) {
            mo.append(reinterpret_cast<const char *>(&value), sizeof value);
        };
        for (const quint32 value : {0x950412deU, 0U, 1U, 28U, 36U, 0U, 0U})
            word(value);
        word(static_cast<quint32>(original.size()));
        word(44);
        word(static_cast<quint32>(translation.size()));
        word(44 + static_cast<quint32>(original.size()) + 1);
        return mo + original + '\0' + translation + '\0';
    }
};

QTEST_GUILESS_MAIN(RegionNamesTest)
#include "region_names_test.moc"
