// SPDX-License-Identifier: GPL-3.0-or-later
// A change that has to be written down before somebody is told of it, and who does not wait for
// ever.
#pragma once

#include "server/storage/storage.h"

#include <QTimer>
#include <memory>

namespace higgs::server {

/// Calls `then` once: with the storage's answer, or after `patience` with Unavailable. What the
/// storage says later is not heard: whoever gave a change up has ordered it taken back by then, and
/// the storage does what it is asked in the order of asking. On the thread of `context`, and not
/// after its end.
template <typename Then>
Stored<void> withinTime(QObject *context, Milliseconds patience, Then then)
{
    struct Waiting
    {
        explicit Waiting(Then given) : then(std::move(given)) {}
        Then then;
        bool over = false;
    };
    const auto waiting = std::make_shared<Waiting>(std::move(then));
    const auto settle = [waiting](const Result<void> &outcome) {
        if (!std::exchange(waiting->over, true))
            waiting->then(outcome);
    };
    QTimer::singleShot(patience, context, [settle] {
        settle(unexpected(ErrorCode::Unavailable, "the database has not answered in time"));
    });
    return {context, settle};
}

} // namespace higgs::server
