// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/place_fields.h"

#include "shared/protocol/country_code.h"
#include "shared/protocol/region_codes.h"
#include "shared/widgets/choice_box.h"
#include "shared/widgets/country_names.h"
#include "shared/widgets/region_names.h"

#include <QCollator>
#include <QEvent>
#include <QLineEdit>
#include <QLocale>
#include <QVBoxLayout>
#include <algorithm>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int RegionLength = 3;
constexpr int RegionWidth = 96;
constexpr int CountryWidth = 192;
constexpr int ShownCountries = 12;

} // namespace

PlaceFields::PlaceFields(QWidget *parent)
    : QWidget(parent),
      m_group(new SettingsGroup),
      m_country(new ChoiceBox),
      m_countryRow(new SettingsRow(m_country)),
      m_region(new QLineEdit),
      m_regionRow(new SettingsRow(m_region))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_group);
    m_group->addRow(m_countryRow);
    m_group->addRow(m_regionRow);
    setFocusProxy(m_country);
    m_country->setObjectName(QStringLiteral("countryChoice"));
    m_country->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_country->setFixedWidth(CountryWidth);
    m_country->setMaxVisibleItems(ShownCountries);
    m_region->setObjectName(QStringLiteral("regionField"));
    m_region->setMaxLength(RegionLength);
    m_region->setFixedWidth(RegionWidth);
    connect(m_country, &ChoiceBox::chosen, this, [this](const QVariant &value) {
        m_region->clear();
        sayRegion();
        Q_EMIT countryChosen(value.toString());
    });
    connect(m_region, &QLineEdit::textEdited, this, [this] { sayRegion(); });
    connect(m_region, &QLineEdit::editingFinished, this, [this] {
        if (m_region->isModified() && regionValid())
            Q_EMIT regionChosen(region());
        m_region->setModified(false);
    });
    retranslate();
}

void PlaceFields::setTitle(const QString &title)
{
    m_group->setTitle(title);
}

void PlaceFields::fillCountries()
{
    std::vector<std::pair<QString, QString>> known;
    for (char first = 'A'; first <= 'Z'; ++first) {
        for (char second = 'A'; second <= 'Z'; ++second) {
            const char letters[] = {first, second};
            if (!protocol::CountryCode::parse(std::string_view(letters, sizeof letters)))
                continue;
            const QString code = QString::fromLatin1(letters, sizeof letters);
            known.emplace_back(countryName(code), code);
        }
    }
    const QCollator collator{QLocale()};
    std::sort(known.begin(), known.end(), [&collator](const auto &a, const auto &b) {
        return collator.compare(a.first, b.first) < 0;
    });
    QList<std::pair<QString, QVariant>> entries{{tr("Choose"), QString()}};
    for (const auto &[name, code] : known)
        entries.append({name, code});
    m_country->setEntries(entries);
}

void PlaceFields::setPlace(const QString &country, const QString &region)
{
    if (!m_country->hasFocus())
        m_country->choose(country);
    if (!m_region->hasFocus() || !m_region->isModified())
        m_region->setText(region.startsWith(country + u'-') ? region.mid(country.size() + 1)
                                                            : region);
    sayRegion();
}

void PlaceFields::setFixed(bool country, bool region)
{
    if (country == m_countryFixed && region == m_regionFixed)
        return;
    m_countryFixed = country;
    m_regionFixed = region;
    m_country->setEnabled(!country);
    m_region->setEnabled(!region);
    retranslate();
}

void PlaceFields::setError(const QString &sentence)
{
    m_countryRow->setError(sentence);
}

QString PlaceFields::country() const
{
    return m_country->currentData().toString();
}

bool PlaceFields::regionValid() const
{
    const std::string text = m_region->text().trimmed().toUpper().toStdString();
    return text.empty() || protocol::isRegionOf(country().toStdString(), text);
}

QString PlaceFields::region() const
{
    const QString text = m_region->text().trimmed().toUpper();
    return text.isEmpty() || !regionValid() ? QString()
                                            : QString(country() + QLatin1Char('-') + text);
}

void PlaceFields::sayRegion()
{
    const QString code = region();
    const QString name = code.isEmpty() ? QString() : subdivisionName(code);
    m_regionRow->setTexts(tr("Region"),
                          m_regionFixed     ? tr("Set when the service was started.")
                          : !name.isEmpty() ? name
                          : code.isEmpty() ? tr("If you like: a short code, such as BE for Berlin.")
                                           : code);
    m_regionRow->setError(regionValid() ? QString()
                                        : tr("There is no such region in this country."));
}

void PlaceFields::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void PlaceFields::retranslate()
{
    fillCountries();
    m_countryRow->setTexts(tr("Country"), m_countryFixed ? tr("Set when the service was started.")
                                                         : tr("Guests see it."));
    sayRegion();
}

QString guessedCountry()
{
    const QString name = QLocale::system().name().section(QLatin1Char('_'), 1, 1).left(2);
    const auto code = protocol::CountryCode::parse(name.toStdString());
    return code ? QString::fromStdString(code->text()) : QString();
}

} // namespace higgs::node
