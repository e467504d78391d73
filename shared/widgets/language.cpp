// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QRegularExpression>
#include <QTranslator>
#include <utility>

/// A static library's resources are linked only where somebody asks for them. Outside of any
/// namespace, because the macro declares a function there.
static void initCatalogues()
{
    Q_INIT_RESOURCE(translations);
}

namespace higgs::widgets {

namespace {

QLocale::Language systemLanguage()
{
    for (const QString &name : QLocale::system().uiLanguages()) {
        const QLocale::Language language = QLocale(name).language();
        if (language == QLocale::English || language == QLocale::Russian)
            return language;
    }
    return QLocale::English;
}

QLocale::Language resolve(LanguageChoice choice)
{
    switch (choice) {
    case LanguageChoice::English:
        return QLocale::English;
    case LanguageChoice::Russian:
        return QLocale::Russian;
    case LanguageChoice::System:
        break;
    }
    return systemLanguage();
}

/// No line of Russian ends in a word of one letter, nor in "не" or "ни": a space that breaks no
/// line follows. Done here, so that nobody has to type it into the catalogues.
QString withShortWordsTied(QString text)
{
    static const QRegularExpression ShortWord(QStringLiteral("(?<!\\w)(?:[а-яё]|не|ни)\\K "),
                                              QRegularExpression::CaseInsensitiveOption |
                                                  QRegularExpression::UseUnicodePropertiesOption);
    return text.replace(ShortWord, QStringLiteral("\u00A0"));
}

class Catalogue : public QTranslator
{
public:
    QString translate(const char *context, const char *source, const char *comment,
                      int n) const override
    {
        return withShortWordsTied(QTranslator::translate(context, source, comment, n));
    }
};

} // namespace

Language::Language(QStringList catalogues, QObject *parent)
    : QObject(parent), m_catalogues(std::move(catalogues))
{
    initCatalogues();
    apply();
}

Language::~Language() = default;

void Language::setChoice(LanguageChoice choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    apply();
    Q_EMIT changed();
}

void Language::apply()
{
    m_current = resolve(m_choice);
    // The words are in the language chosen, figures as they are written in it where one lives.
    const QLocale system = QLocale::system();
    const QLocale locale(m_current, system.language() == m_current ? system.territory()
                                                                   : QLocale::AnyTerritory);
    QLocale::setDefault(locale);
    std::vector<std::unique_ptr<QTranslator>> fresh;
    const auto load = [&](const QString &name, const QString &folder) {
        auto translator = std::make_unique<Catalogue>();
        if (translator->load(QLocale(m_current), name, QStringLiteral("_"), folder))
            fresh.push_back(std::move(translator));
    };
    if (m_current != QLocale::English)
        load(QStringLiteral("qtbase"), QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    // Also for English: its catalogues have the plurals.
    for (const QString &name : std::as_const(m_catalogues))
        load(name, QStringLiteral(":/i18n"));
    // The old ones go as the new ones stand, so that no widget sees the source texts in between.
    for (const auto &translator : fresh)
        QCoreApplication::installTranslator(translator.get());
    for (const auto &translator : m_translators)
        QCoreApplication::removeTranslator(translator.get());
    m_translators = std::move(fresh);
}

} // namespace higgs::widgets
