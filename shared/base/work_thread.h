// SPDX-License-Identifier: GPL-3.0-or-later
// One thread that does what it is handed, in order, and that can be left behind when it hangs.
#pragma once

#include "shared/base/clock.h"

#include <functional>
#include <memory>

namespace higgs {

/// Nobody ever joins it: who waits in a system call without end would be waited for without end.
/// Tasks own what they use.
class WorkThread
{
public:
    using Task = std::function<void()>;

    /// `atEnd` is run, and like every task destroyed, on the thread: the last that it does.
    explicit WorkThread(Task atEnd);
    /// Leaves it: no task is begun any more, and the thread ends after the one it is in.
    ~WorkThread();
    WorkThread(const WorkThread &) = delete;
    WorkThread &operator=(const WorkThread &) = delete;

    void post(Task task);
    /// Waits until everything is done and the thread has nothing left, but no longer than
    /// `patience`; false when that was not long enough. Nothing may be posted afterwards.
    bool finish(Milliseconds patience);

private:
    struct Shared;
    static void run(const std::shared_ptr<Shared> &shared);

    std::shared_ptr<Shared> m_shared;
};

} // namespace higgs
