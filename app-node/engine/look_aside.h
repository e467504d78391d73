// SPDX-License-Identifier: GPL-3.0-or-later
// The home is looked after by another thread while guests are here: their packets are carried by
// the engine's, and a self-test takes some hundred milliseconds.
#pragma once

#include "shared/tunnel/exit_inspection.h"

#include <QObject>
#include <functional>
#include <future>
#include <optional>

namespace higgs::node {

struct HomeSeen
{
    Result<std::string> change;               ///< as ExitNetwork::foreignChange()
    std::optional<Result<ExitSafety>> safety; ///< if an attack was asked for, and the rules stand
    bool outdated = false;                    ///< if one was: the machine has other networks now
};

/// One look at a time: of what is asked for meanwhile, one more is made. What was seen is told from
/// the event loop of the thread that this lives on.
class LookAside : public QObject
{
    Q_OBJECT

public:
    explicit LookAside(ExitNetwork &exit) : m_exit(exit) {}
    ~LookAside() override { forget(); }

    /// Whether the rules stand and, if `attack`, whether they hold.
    void ask(bool attack);
    /// Waits until no look is under way, and tells nothing of it. The exit is about to be taken
    /// away, or to be tested at once: two tests would disturb each other, and the packets of one
    /// must not outlive our rules.
    void forget();

Q_SIGNALS:
    void seen(const higgs::node::HomeSeen &home);

private:
    void begin();
    void finished(const HomeSeen &home, std::uint64_t revision, bool attacked);

    ExitNetwork &m_exit;
    std::future<void> m_look; ///< under way
    std::uint64_t m_number = 0;
    bool m_again = false;
    bool m_attackAgain = false;
};

} // namespace higgs::node
