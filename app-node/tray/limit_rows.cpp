// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/limit_rows.h"

#include "app-node/tray/node_view.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace higgs::node {

namespace {

constexpr double Giga = 1e9;
constexpr double MostMbps = 100'000;
constexpr double MostGigabytes = 1'000'000;

struct LimitRows
{
    Q_DECLARE_TR_FUNCTIONS(LimitRows)
};

QString none()
{
    return LimitRows::tr("No limit");
}

} // namespace

AmountRow *speedRow(const QString &name)
{
    return new AmountRow(name, {{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 0}, 0, MostMbps, 0});
}

AmountRow *guestsRow(const QString &name)
{
    return new AmountRow(
        name, {{1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100}, 1, double{Limits::MostGuests}, 0});
}

AmountRow *volumeRow(const QString &name)
{
    return new AmountRow(name,
                         {{10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 0}, 0, MostGigabytes, 1});
}

void sayDownload(AmountRow &row)
{
    row.setWords(LimitRows::tr("Guests download at most"), {},
                 LimitRows::tr(" Mbit/s", "unit after a number"), none());
}

void sayUpload(AmountRow &row)
{
    row.setWords(LimitRows::tr("Guests upload at most"), {},
                 LimitRows::tr(" Mbit/s", "unit after a number"), none());
}

void sayGuests(AmountRow &row)
{
    row.setWords(LimitRows::tr("Guests at once"), {}, {}, {});
}

void sayVolume(AmountRow &row)
{
    row.setWords(LimitRows::tr("Guests use at most"),
                 LimitRows::tr("Both directions together. Each byte passes your line twice, in on "
                               "one side and out on the other: with a plan of 100 GB set 50."),
                 LimitRows::tr(" GB", "unit after a number"), none());
}

std::uint64_t wholeOf(double figure)
{
    return std::isfinite(figure) && figure > 0 ? static_cast<std::uint64_t>(std::llround(figure))
                                               : 0;
}

std::uint64_t bytesOfGigabytes(double gigabytes)
{
    const double kept = std::isfinite(gigabytes) ? std::clamp(gigabytes, 0.0, MostGigabytes) : 0;
    return static_cast<std::uint64_t>(std::llround(kept * Giga));
}

double gigabytesOf(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / Giga;
}

} // namespace higgs::node
