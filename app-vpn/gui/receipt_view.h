// SPDX-License-Identifier: GPL-3.0-or-later
// The receipt of what left outside the tunnel: the daemon's answer as values, and its words. Pure;
// total on any answer.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/json.h"

#include <QString>
#include <optional>
#include <vector>

namespace higgs::vpn {

struct ReceiptRow
{
    QString words;
    quint64 packets = 0;
    quint64 bytes = 0;
    bool leaked = false; ///< what should be none

    friend bool operator==(const ReceiptRow &, const ReceiptRow &) = default;
};

struct ReceiptView
{
    bool counted = false;          ///< else nothing below means anything
    bool counting = false;         ///< the block stands
    std::optional<WallTime> since; ///< when the block was put up
    std::optional<WallTime> until; ///< and taken down
    Milliseconds length{0};
    int gaps = 0;
    Seconds unknown{0};     ///< how long they were
    bool inherited = false; ///< with figures of before the service started
    quint64 outside = 0;    ///< packets
    std::vector<ReceiptRow> left;
    std::vector<ReceiptRow> refused;

    friend bool operator==(const ReceiptView &, const ReceiptView &) = default;
};

/// In the language of the moment.
ReceiptView receiptView(const protocol::Json &answer);

/// "0 packets left outside the tunnel in 2 h 10 min."
QString receiptHeadline(const ReceiptView &receipt);
/// From when to when, by whom it is counted, and what is not known.
QString receiptNote(const ReceiptView &receipt);
QString leftTitle();
QString refusedTitle();
/// All of it, to keep or to send.
QString receiptText(const ReceiptView &receipt);

} // namespace higgs::vpn
