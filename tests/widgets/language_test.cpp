// SPDX-License-Identifier: GPL-3.0-or-later
// What windows show of the Russian catalogues: no text lets a line end in a word of one letter.
#include "shared/widgets/language.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>
#include <QXmlStreamReader>
#include <QtTest>

using namespace higgs::widgets;

namespace {

struct Message
{
    QByteArray context;
    QByteArray source;
    QByteArray comment;
};

std::vector<Message> messagesOf(const QString &catalogue)
{
    QFile file(QStringLiteral(HIGGS_SOURCE_DIR "/translations/") + catalogue +
               QStringLiteral("_ru.ts"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    std::vector<Message> messages;
    Message next;
    QXmlStreamReader xml(&file);
    while (!xml.atEnd()) {
        if (xml.readNext() == QXmlStreamReader::StartElement) {
            if (xml.name() == u"name")
                next.context = xml.readElementText().toUtf8();
            else if (xml.name() == u"source")
                next.source = xml.readElementText().toUtf8();
            else if (xml.name() == u"comment")
                next.comment = xml.readElementText().toUtf8();
        } else if (xml.isEndElement() && xml.name() == u"message") {
            messages.push_back(next);
            next.comment.clear();
        }
    }
    return messages;
}

} // namespace

class LanguageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void shortWordsStayWithTheNext()
    {
        const QStringList catalogues{QStringLiteral("vpn"), QStringLiteral("node"),
                                     QStringLiteral("widgets")};
        const QRegularExpression loose(QStringLiteral("(^|[^а-яё])([а-яё]|не|ни) "),
                                       QRegularExpression::CaseInsensitiveOption |
                                           QRegularExpression::UseUnicodePropertiesOption);
        QVERIFY(loose.match(QStringLiteral("Не в сети")).hasMatch());
        Language language(catalogues);
        language.setChoice(LanguageChoice::Russian);
        for (const QString &catalogue : catalogues) {
            const std::vector<Message> messages = messagesOf(catalogue);
            QVERIFY(messages.size() > 50);
            qsizetype tied = 0;
            for (const Message &each : messages) {
                for (const int number : {1, 2, 5}) {
                    const QString shown = QCoreApplication::translate(each.context, each.source,
                                                                      each.comment, number);
                    QVERIFY2(!loose.match(shown).hasMatch(), qPrintable(shown));
                    tied += shown.count(QChar::Nbsp);
                }
            }
            QVERIFY(tied > 50);
        }
    }

    void otherTextsAreAsTheyWere()
    {
        Language language({QStringLiteral("vpn")});
        language.setChoice(LanguageChoice::English);
        QCOMPARE(QCoreApplication::translate("StatePage", "Pause for %n minute(s)", "", 5),
                 QStringLiteral("Pause for 5 minutes"));
        QCOMPARE(QCoreApplication::translate("none", "в не"), QStringLiteral("в не"));
    }
};

QTEST_GUILESS_MAIN(LanguageTest)
#include "language_test.moc"
