// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/daemon_answers.h"

#include "shared/widgets/plain_text.h"

#include <QVersionNumber>

namespace higgs::widgets {

namespace {

constexpr qsizetype MaxHost = 255;
constexpr std::int64_t MaxPort = 65535;
constexpr qsizetype MaxVersion = 32;

} // namespace

std::optional<QString> laterVersion(const QString &theirs, const QString &ours)
{
    constexpr qsizetype MostSegments = 4;
    const auto version = QVersionNumber::fromString(theirs);
    if (version <= QVersionNumber::fromString(ours) || version.segmentCount() > MostSegments)
        return std::nullopt;
    return version.toString();
}

QString ServerView::address() const
{
    const bool bare = host.contains(QLatin1Char(':'));
    return (bare ? QString(QLatin1Char('[') + host + QLatin1Char(']')) : host) + QLatin1Char(':') +
           QString::number(port);
}

std::optional<ServerView> readServer(const JsonMembers &status)
{
    const protocol::Json *object = status.find("server");
    if (object == nullptr)
        return std::nullopt;
    const JsonMembers members(*object);
    ServerView server{members.text("host", MaxHost),
                      static_cast<int>(members.integer("port", MaxPort).value_or(0)),
                      members.text("pin"), members.maybeFlag("accessNeeded"),
                      members.text("version", MaxVersion)};
    return server.host.isEmpty() ? std::nullopt : std::optional(std::move(server));
}

Result<std::vector<Check>> decodeChecks(const protocol::Json &answer)
{
    std::vector<Check> checks;
    const Result<void> read =
        eachElement(answer, "checks", MaxChecks, [&checks](const JsonMembers &members) {
            checks.push_back(
                {members.text("name"), members.flag("ok"), members.text("detail", MaxShownText)});
        });
    if (!read)
        return unexpected(read.error());
    return checks;
}

Result<std::vector<LogLine>> decodeLog(const protocol::Json &answer)
{
    std::vector<LogLine> lines;
    const Result<void> read =
        eachElement(answer, "lines", MaxLogLines, [&lines](const JsonMembers &members) {
            lines.push_back({members.time("time").value_or(WallTime{}), members.text("level"),
                             members.text("area"), members.text("text", MaxShownText)});
        });
    if (!read)
        return unexpected(read.error());
    return lines;
}

} // namespace higgs::widgets
