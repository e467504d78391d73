// SPDX-License-Identifier: GPL-3.0-or-later
// Country and region of this home, as guests find it.
#pragma once

#include "shared/widgets/settings_row.h"

class QLineEdit;

namespace higgs::widgets {
class ChoiceBox;
}

namespace higgs::node {

/// Two rows on one card. The region is its ISO 3166-2 code without the country ("BE"), its name
/// stands beside it where the system knows it.
class PlaceFields : public QWidget
{
    Q_OBJECT

public:
    explicit PlaceFields(QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// "DE", "DE-BE"; passed over while the person is at it.
    void setPlace(const QString &country, const QString &region);
    /// What cannot be changed here is shown and says so.
    void setFixed(bool country, bool region);
    void setError(const QString &sentence);

    /// "DE" or empty.
    [[nodiscard]] QString country() const;
    /// "DE-BE" or empty; empty also when `regionValid()` is not.
    [[nodiscard]] QString region() const;
    [[nodiscard]] bool regionValid() const;

Q_SIGNALS:
    void countryChosen(const QString &country);
    /// Only valid ones.
    void regionChosen(const QString &region);

protected:
    void changeEvent(QEvent *event) override;

private:
    void fillCountries();
    void sayRegion();
    void retranslate();

    widgets::SettingsGroup *m_group;
    widgets::ChoiceBox *m_country;
    widgets::SettingsRow *m_countryRow;
    QLineEdit *m_region;
    widgets::SettingsRow *m_regionRow;
    bool m_countryFixed = false;
    bool m_regionFixed = false;
};

/// The country of the desktop's locale, "DE"; a guess for a person to confirm. May be empty.
QString guessedCountry();

} // namespace higgs::node
