// SPDX-License-Identifier: GPL-3.0-or-later
// One end's path checks on a clock of their own: what is due is sent, and meets its fate at once.
#pragma once

#include "shared/paths/path_checks.h"

#include <cstring>
#include <functional>

namespace higgs::test {

enum class ProbeFate {
    Lost,
    Answered,
    NoRoute,
};

struct CheckedEnd
{
    explicit CheckedEnd(bool decides = true) : checks(now, decides, 1) {}

    [[nodiscard]] static protocol::StunTransactionId transactionOf(const PathChecks::Probe &probe)
    {
        protocol::StunTransactionId transaction{};
        std::memcpy(transaction.data(), &probe.number, sizeof probe.number);
        return transaction;
    }

    void run(Milliseconds time, const std::function<ProbeFate(const CheckWay &)> &fateOf)
    {
        for (const Monotonic end = now + time; now < end; now += Milliseconds(10)) {
            for (const PathChecks::Probe &probe : checks.due(now)) {
                const protocol::StunTransactionId transaction = transactionOf(probe);
                checks.sent(now, probe.to, transaction);
                const ProbeFate fate = fateOf(probe.to);
                if (fate == ProbeFate::NoRoute)
                    checks.noRoute(now, probe.to);
                else if (fate == ProbeFate::Answered)
                    checks.answered(now, probe.to, transaction);
            }
        }
    }

    Monotonic now{std::chrono::hours(1)};
    PathChecks checks;
};

} // namespace higgs::test
