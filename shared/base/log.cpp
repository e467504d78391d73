// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/log.h"

#include "shared/base/journal_stream.h"

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/log_ring.h"
#include "shared/base/log_sampler.h"
#include "shared/base/log_writer.h"
#include "shared/base/utf8.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::log {

namespace {

// The one piece of process-wide state: where lines go and which, set by main() before threads.
std::atomic<Format> currentFormat = Format::Text;
std::atomic<Level> currentThreshold = Level::Info;
std::atomic<LogRing *> currentRing = nullptr;
std::mutex samplerMutex;

LogSampler &sampler()
{
    // Never destroyed: threads that are left behind may still log.
    static auto *shared = new LogSampler;
    return *shared;
}

LogSampler &peers()
{
    static auto *shared = new LogSampler(PeerLinesInFull, MaxSampledNetworks);
    return *shared;
}

} // namespace

std::string_view toString(Level level)
{
    switch (level) {
    case Level::Debug:
        return "debug";
    case Level::Info:
        return "info";
    case Level::Warning:
        return "warning";
    case Level::Error:
        return "error";
    }
    return "error";
}

namespace {

/// What a terminal or an editor obeys: C0, DEL, C1, line and paragraph separators, and the marks
/// that turn the direction of writing.
bool isObeyed(char32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x061c ||
           character == 0xfeff || (character >= 0x200e && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

/// A JSON string, in the text form too; what is no UTF-8 is told as such.
void appendQuoted(std::string &out, std::string_view text)
{
    constexpr char32_t Replacement = 0xfffd;
    out.push_back('"');
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        const char32_t character = length == 0 ? Replacement : utf8Character(text, length);
        if (character == '"' || character == '\\') {
            out.push_back('\\');
            out.push_back(text.front());
        } else if (length == 0 || isObeyed(character)) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x",
                          static_cast<unsigned>(character));
            out += escaped.data();
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out.push_back('"');
}

bool needsQuotes(std::string_view text)
{
    if (text.empty())
        return true;
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        if (length == 0)
            return true;
        const char32_t character = utf8Character(text, length);
        if (isObeyed(character) || character == ' ' || character == '"' || character == '=' ||
            character == '\\')
            return true;
        text.remove_prefix(length);
    }
    return false;
}

void appendValue(std::string &out, const Field &field, bool alwaysQuote)
{
    if (const auto *text = std::get_if<std::string>(&field.value)) {
        if (alwaysQuote || needsQuotes(*text))
            appendQuoted(out, *text);
        else
            out += *text;
    } else if (const auto *integer = std::get_if<std::int64_t>(&field.value)) {
        out += std::to_string(*integer);
    } else if (const auto *number = std::get_if<double>(&field.value)) {
        // Not printf's: that one writes a comma where the locale has one. JSON has no infinity.
        std::array<char, 32> buffer{};
        constexpr int Digits = 6;
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *number,
                                       std::chars_format::general, Digits);
        out += std::isfinite(*number) ? std::string_view(buffer.data(), end.ptr) : "null";
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

std::string plainText(std::string_view event, std::initializer_list<Field> fields)
{
    std::string line(event);
    for (const Field &field : fields) {
        line.push_back(' ');
        line += field.name;
        line.push_back('=');
        appendValue(line, field, false);
    }
    return line;
}

std::string timestamp()
{
    const WallTime now = wallNow();
    const std::time_t seconds = now.ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> buffer{};
    const std::size_t length =
        std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(buffer.data() + length, buffer.size() - length, ".%03dZ",
                  static_cast<int>(now.ms % 1000));
    return buffer.data();
}

std::atomic<bool> toJournal = false;

} // namespace

bool useJournal(const char *named)
{
    // "device:inode", in decimal digits.
    struct stat found
    {};
    const bool same = named != nullptr && ::fstat(STDERR_FILENO, &found) == 0 &&
                      std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino) == named;
    toJournal = same;
    return same;
}

std::string_view priorityPrefix(Level level)
{
    if (!toJournal)
        return {};
    switch (level) {
    case Level::Debug:
        return "<7>";
    case Level::Info:
        return "<6>";
    case Level::Warning:
        return "<4>";
    case Level::Error:
        return "<3>";
    }
    return {};
}

void configure(Format format, Level threshold)
{
    currentFormat = format;
    currentThreshold = threshold;
}

void keepLines(LogRing &ring)
{
    currentRing = &ring;
}

LogRing::~LogRing()
{
    LogRing *self = this;
    currentRing.compare_exchange_strong(self, nullptr);
}

std::string format(Format format, Level level, std::string_view category, std::string_view event,
                   std::initializer_list<Field> fields)
{
    std::string line;
    if (format == Format::Json) {
        line += "\"level\":\"";
        line += toString(level);
        line += "\",\"category\":";
        appendQuoted(line, category);
        line += ",\"event\":";
        appendQuoted(line, event);
        for (const Field &field : fields) {
            line.push_back(',');
            appendQuoted(line, field.name);
            line.push_back(':');
            appendValue(line, field, true);
        }
        line.push_back('}');
        return line;
    }
    line += toString(level);
    line.push_back(' ');
    line += category;
    line += ": ";
    line += plainText(event, fields);
    return line;
}

std::string formatLine(Level level, std::string_view category, std::string_view event,
                       std::initializer_list<Field> fields)
{
    const Format form = currentFormat;
    std::string line(priorityPrefix(level));
    if (form == Format::Json)
        line += "{\"time\":\"" + timestamp() + "\",";
    else if (line.empty()) // the journal has the time already
        line += timestamp() + " ";
    line += format(form, level, category, event, fields);
    line.push_back('\n');
    return line;
}

void sampled(Level level, std::string_view category, std::string_view event, std::string_view kind,
             std::initializer_list<Field> fields)
{
    if (level < currentThreshold)
        return;
    const std::string key =
        std::string(category) + '\n' + std::string(event) + '\n' + std::string(kind);
    writeSampled(false);
    bool admitted = false;
    {
        const std::scoped_lock lock(samplerMutex);
        admitted = sampler().admit(monotonicNow(), key);
    }
    if (admitted)
        write(level, category, event, fields);
}

std::string networkOf(const IpAddress &address)
{
    const IpAddress plain = address.unmapped();
    if (plain.isV4())
        return IpAddress::v4(plain.toV4() & 0xffffff00U).toString() + "/24";
    if (!plain.isV6())
        return "none";
    constexpr std::size_t Kept = 6;
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(plain.bytes().begin(), Kept, bytes.begin());
    return IpAddress::v6(bytes).toString() + "/48";
}

void ofPeer(Level level, std::string_view category, std::string_view event, const IpAddress &peer,
            std::initializer_list<Field> fields)
{
    if (level < currentThreshold)
        return;
    const std::string network = networkOf(peer);
    writeSampled(false);
    bool admitted = false;
    {
        const std::scoped_lock lock(samplerMutex);
        admitted = peers().admit(monotonicNow(), network);
    }
    if (admitted)
        write(level, category, event, fields);
}

void writeSampled(bool all)
{
    std::vector<LogSampler::Summary> due;
    std::vector<LogSampler::Summary> ofPeers;
    {
        const std::scoped_lock lock(samplerMutex);
        const Monotonic now = monotonicNow() + (all ? SampleWindow : Milliseconds(0));
        due = sampler().due(now);
        ofPeers = peers().due(now);
    }
    for (const LogSampler::Summary &each : due) {
        const std::size_t first = each.kind.find('\n');
        const std::size_t second = each.kind.find('\n', first + 1);
        const std::string event =
            first == std::string::npos ? "events" : each.kind.substr(first + 1, second - first - 1);
        const std::string kind =
            second == std::string::npos ? each.kind : each.kind.substr(second + 1);
        write(Level::Warning, each.kind.substr(0, first), event + ", and more",
              {{"kind", kind}, {"more", each.more}, {"seconds", each.over.count() / 1000}});
    }
    for (const LogSampler::Summary &each : ofPeers) {
        write(Level::Warning, "log", "events of one network, and more",
              {{"from", each.kind}, {"more", each.more}, {"seconds", each.over.count() / 1000}});
    }
}

void write(Level level, std::string_view category, std::string_view event,
           std::initializer_list<Field> fields)
{
    if (level < currentThreshold)
        return;
    if (LogRing *ring = currentRing)
        ring->add({wallNow(), level, std::string(category),
                   redacted(plainText(event, fields)).substr(0, MaxRingText)});
    std::string line = formatLine(level, category, event, fields);
    if (queueLine(std::move(line), category))
        return;
    // A log that cannot be written must not stop the program.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace higgs::log
