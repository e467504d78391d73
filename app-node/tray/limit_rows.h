// SPDX-License-Identifier: GPL-3.0-or-later
// The rows for the amounts, as the limits page and the first run have them.
#pragma once

#include "app-node/tray/amount_row.h"

#include <cstdint>

namespace higgs::node {

AmountRow *speedRow(const QString &name);
AmountRow *guestsRow(const QString &name);
AmountRow *volumeRow(const QString &name);

// Their words in the language of the moment.
void sayDownload(AmountRow &row);
void sayUpload(AmountRow &row);
void sayGuests(AmountRow &row);
void sayVolume(AmountRow &row);

/// The daemon takes whole Mbit/s and guests.
std::uint64_t wholeOf(double figure);
/// Powers of a thousand.
std::uint64_t bytesOfGigabytes(double gigabytes);
double gigabytesOf(std::uint64_t bytes);

} // namespace higgs::node
