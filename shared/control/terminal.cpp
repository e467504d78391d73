// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/terminal.h"

#include "shared/base/journal_stream.h"
#include "shared/base/log_writer.h"
#include "shared/control/plain_text.h"
#include "shared/control/settings_file.h"

#include <QLocale>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace higgs::control {

namespace {

constexpr Milliseconds StatusTimeout{10'000};
constexpr Seconds WatchInterval{3600};
constexpr const char *ClearScreen = "\033[H\033[2J"; // ECMA-48: cursor home, erase the display

template <typename... Values>
std::string formatted(const char *format, Values... values)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return text.data();
}

const Json *presentMember(const Json &object, const char *name)
{
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

void printError(std::string_view code, std::string_view message)
{
    const Json document = {{"error", {{"code", code}, {"message", message}}}};
    const std::string line =
        spelledOut(document.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace

int failed(std::string_view program, std::string_view message)
{
    log::flush(); // what led to it comes first
    const std::string line = std::string(log::priorityPrefix(log::Level::Error)) +
                             plainLine(std::string(program) + ": " + std::string(message)) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
    return ExitFailed;
}

int usageError(std::string_view program, std::string_view message)
{
    failed(program, std::string(message) + " (see " + std::string(program) + " --help)");
    return ExitUsage;
}

int failed(std::string_view program, const Error &error, bool json)
{
    if (!json)
        return failed(program, error.detail);
    printError(toString(error.code), error.detail);
    return ExitFailed;
}

int usageError(std::string_view program, std::string_view message, bool json)
{
    if (!json)
        return usageError(program, message);
    printError("usage", message);
    return ExitUsage;
}

std::string plainLine(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        const std::size_t control = controlLength(text);
        plain.push_back(control > 0 ? ' ' : text.front());
        text.remove_prefix(std::max<std::size_t>(control, 1));
    }
    return plain;
}

void printLine(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    // At once: a reader of a pipe follows --watch as it happens.
    std::fflush(stdout);
}

bool outputFailed()
{
    return std::ferror(stdout) != 0;
}

void holdStandardStreams()
{
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        // The lowest free number is this one, as those below it are taken. Not kept from children:
        // they need it as well.
        static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
}

int finished(std::string_view program, int code)
{
    errno = 0;
    const bool flushed = std::fflush(stdout) == 0;
    if ((flushed && !outputFailed()) || code != ExitOk)
        return code;
    const std::string reason = errno != 0 ? std::string(": ") + std::strerror(errno) : "";
    return failed(program, "what it printed did not reach stdout" + reason);
}

void printJson(const Json &json, bool oneLine)
{
    printLine(spelledOut(json.dump(oneLine ? -1 : 2, ' ', false, Json::error_handler_t::replace)));
}

Result<BlockingControlClient> openDaemon(const std::string &path, std::string_view daemon,
                                         std::string_view startHint)
{
    Result<BlockingControlClient> client = BlockingControlClient::open(path);
    if (client)
        return client;
    switch (client.error().code) {
    case ErrorCode::Unavailable:
        return unexpected(ErrorCode::Unavailable, std::string(daemon) + " does not answer at " +
                                                      path + ": start it with " +
                                                      std::string(startHint));
    case ErrorCode::Permission:
        return unexpected(ErrorCode::Permission,
                          "this user may not use " + path +
                              ": ask root, or join the group higgs and log in again");
    default:
        return client;
    }
}

Result<std::optional<Json>> followStatus(BlockingControlClient &client, Json first,
                                         Milliseconds timeout,
                                         const std::function<bool(const Json &)> &done)
{
    Json status = std::move(first);
    const Monotonic deadline = monotonicNow() + timeout;
    while (!done(status)) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - monotonicNow());
        Result<std::optional<RpcNotification>> next =
            client.notification(std::max(left, Milliseconds(0)));
        if (!next)
            return unexpected(next.error());
        if (!next->has_value())
            return std::optional<Json>{};
        if ((*next)->method == "status")
            status = std::move((*next)->params);
    }
    return std::optional<Json>(std::move(status));
}

int showStatus(std::string_view program, BlockingControlClient &client, bool watch, bool json,
               const std::function<std::string(const Json &)> &toText)
{
    Result<Json> status =
        client.call(watch ? "subscribe" : "status", Json::object(), StatusTimeout);
    if (!status)
        return failed(program, status.error(), json);
    const bool redraw = watch && !json && ::isatty(STDOUT_FILENO) == 1;
    while (true) {
        if (json)
            printJson(*status, watch);
        else if (redraw)
            printLine(ClearScreen + toText(*status));
        else
            printLine(toText(*status) + (watch ? "\n" : ""));
        if (!watch)
            return ExitOk;
        if (outputFailed())
            return ExitOk; // nobody is told any more; finished() makes it a failure
        Result<std::optional<RpcNotification>> next = client.notification(WatchInterval);
        if (!next)
            return failed(program, next.error(), json);
        if (next->has_value() && (*next)->method == "status")
            status = std::move((*next)->params);
    }
}

std::string diagnosisText(const Json &answer)
{
    constexpr std::size_t NameWidth = 16;
    std::string text;
    const Json *checks = presentMember(answer, "checks");
    if (checks == nullptr || !checks->is_array())
        return text;
    for (const Json &check : *checks) {
        std::string name = textMember(check, "name");
        name.resize(std::max(name.size() + 1, NameWidth), ' ');
        text += (text.empty() ? "" : "\n");
        text += (flagMember(check, "ok") ? "ok      " : "FAILED  ") + name;
        text += textMember(check, "detail");
    }
    return text;
}

std::string bytesText(std::uint64_t bytes)
{
    constexpr std::array Units = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1024 && unit + 1 < Units.size()) {
        amount /= 1024;
        ++unit;
    }
    return unit == 0 ? formatted("%" PRIu64 " B", bytes)
                     : formatted("%.1f %s", amount, Units[unit]);
}

std::string durationText(Milliseconds duration)
{
    const auto seconds = static_cast<long long>(std::max<std::int64_t>(duration.count(), 0) / 1000);
    if (seconds < 60)
        return formatted("%lld s", seconds);
    if (seconds < 3600)
        return formatted("%lld min %02lld s", seconds / 60, seconds % 60);
    return formatted("%lld h %02lld min", seconds / 3600, seconds / 60 % 60);
}

std::string countryText(std::string_view code)
{
    const QString name = QString::fromUtf8(code.data(), static_cast<qsizetype>(code.size()));
    const QLocale::Territory territory = QLocale::codeToTerritory(name);
    if (territory == QLocale::AnyTerritory)
        return std::string(code);
    return QLocale::territoryToString(territory).toStdString() + " (" + std::string(code) + ")";
}

std::string textMember(const Json &object, const char *name)
{
    const Json *found = presentMember(object, name);
    return found != nullptr && found->is_string() ? plainLine(found->get_ref<const std::string &>())
                                                  : std::string();
}

double numberMember(const Json &object, const char *name)
{
    const Json *found = presentMember(object, name);
    return found != nullptr && found->is_number() ? found->get<double>() : 0;
}

std::uint64_t countMember(const Json &object, const char *name)
{
    const Json *found = presentMember(object, name);
    // One that never was text may be of a signed type.
    const bool count = found != nullptr && found->is_number_integer() &&
                       (found->is_number_unsigned() || found->get<std::int64_t>() >= 0);
    return count ? found->get<std::uint64_t>() : 0;
}

WallTime momentMember(const Json &object, const char *name)
{
    const Json *found = presentMember(object, name);
    return found != nullptr ? momentOf(*found).value_or(WallTime()) : WallTime();
}

bool flagMember(const Json &object, const char *name)
{
    const Json *found = presentMember(object, name);
    return found != nullptr && found->is_boolean() && found->get<bool>();
}

bool hasMember(const Json &object, const char *name)
{
    return presentMember(object, name) != nullptr;
}

} // namespace higgs::control
