// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the log's lines off the threads that write them: whoever reads stderr slowly, or not at
// all, stops nobody.
#pragma once

#include "shared/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace higgs::log {

/// What waits at most for a reader; a busy minute of a large server.
constexpr std::size_t MaxLogBacklog = 1024 * 1024;
/// How long the end of the program waits for a reader.
constexpr Milliseconds LogFlushTime = Seconds(1);

/// While it lives, write() goes through a thread of its own. To be made by main(), after signals
/// are blocked; what it has not written within LogFlushTime of its end is left.
class LogWriter
{
public:
    explicit LogWriter(int descriptor = 2);
    ~LogWriter();
    LogWriter(const LogWriter &) = delete;
    LogWriter &operator=(const LogWriter &) = delete;

private:
    struct State;
    friend bool queueLine(std::string &&line, std::string_view category);
    friend void flush();
    static void run(const std::shared_ptr<State> &state);

    std::shared_ptr<State> m_state;
};

/// False when there is no writer. A line for which there is no room is counted, and told later.
bool queueLine(std::string &&line, std::string_view category);

/// Lines that nobody read in time, of all the process's life. Thread-safe.
std::uint64_t droppedLines();

/// Waits until all that was logged is written, for LogFlushTime at most; at once without a writer.
void flush();

} // namespace higgs::log
