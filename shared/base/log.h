// SPDX-License-Identifier: GPL-3.0-or-later
// One line per event, as text or JSON, on stderr. Fields are typed at the call, so that keys and
// tokens (Secret, SecretText) do not even compile as fields.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace higgs {
class IpAddress;
}

namespace higgs::log {

enum class Level { Debug, Info, Warning, Error };
enum class Format { Text, Json };

struct Field
{
    std::string_view name;
    std::variant<std::string, std::int64_t, double, bool> value;

    Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
    Field(std::string_view n, const char *v) : name(n), value(std::string(v)) {}
    Field(std::string_view n, const std::string &v) : name(n), value(v) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    template <typename Integer>
    requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
        Field(std::string_view n, Integer v)
        : name(n), value(static_cast<std::int64_t>(v))
    {}
};

/// Process-wide: set once by main() before threads start.
void configure(Format format, Level threshold);

/// Thread-safe: a line is one write(2), by a LogWriter where main() has made one. `category` is
/// "relay", "api", ...; `event` is a short stable phrase; control characters in values are escaped.
void write(Level level, std::string_view category, std::string_view event,
           std::initializer_list<Field> fields = {});

/// For what a peer can cause at will, refusals above all: of each kind the first few of ten seconds
/// are written, and then how many more there were. `kind` tells events of one name apart (a status,
/// a reason) and is never a peer's own text.
void sampled(Level level, std::string_view category, std::string_view event, std::string_view kind,
             std::initializer_list<Field> fields = {});
/// For what is as it should be, and yet of a peer's making: served requests, sessions, connections.
/// Of each network (networkOf()) the first sixty of ten seconds are written, and then how many more
/// there were, of whatever kind.
void ofPeer(Level level, std::string_view category, std::string_view event, const IpAddress &peer,
            std::initializer_list<Field> fields = {});
/// The IPv4 /24 or IPv6 /48 of an address, which is as much of it as the log may have.
std::string networkOf(const IpAddress &address);
/// Writes the numbers that are due; all of them when `all`. A LogWriter calls it by the clock.
void writeSampled(bool all);

inline void debug(std::string_view category, std::string_view event,
                  std::initializer_list<Field> fields = {})
{
    write(Level::Debug, category, event, fields);
}
inline void info(std::string_view category, std::string_view event,
                 std::initializer_list<Field> fields = {})
{
    write(Level::Info, category, event, fields);
}
inline void warning(std::string_view category, std::string_view event,
                    std::initializer_list<Field> fields = {})
{
    write(Level::Warning, category, event, fields);
}
inline void error(std::string_view category, std::string_view event,
                  std::initializer_list<Field> fields = {})
{
    write(Level::Error, category, event, fields);
}

/// A whole line, with time and line end.
std::string formatLine(Level level, std::string_view category, std::string_view event,
                       std::initializer_list<Field> fields);

/// A line as write() would print it, without the time; for tests.
std::string format(Format format, Level level, std::string_view category, std::string_view event,
                   std::initializer_list<Field> fields);

} // namespace higgs::log
