// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/audit_log.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/base/regular_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

using protocol::Json;
using Keeps = std::function<bool(const Json &)>;

constexpr const char *NewerName = "/audit.log";
constexpr const char *OlderName = "/audit.log.older";
constexpr Milliseconds EndPatience{1000};
constexpr std::size_t LongestSubject = 300;

// All others change something: a verb that somebody adds is noted until it is named here.
constexpr std::string_view OnlyTell[] = {"access-key.list", "ban.list",      "node.list",
                                         "privacy.report",  "route.explain", "server.status",
                                         "server.overview", "session.list"};

// Whom it is about; neither digests nor the operator's words.
constexpr std::string_view Subjects[] = {
    "name", "nodeId", "from",    "to",        "sessionId",   "kind",     "subject",
    "on",   "within", "seconds", "expiresAt", "maxSessions", "relayMbps"};

std::string subjectOf(const AdminVerb &verb, const Json &params)
{
    std::string subject;
    // What is erased must not stand here instead.
    if (verb.name == "privacy.erase" || !params.is_object())
        return subject;
    for (const std::string_view name : Subjects) {
        const auto found = params.find(name);
        if (found == params.end())
            continue;
        subject += (subject.empty() ? "" : " ") + std::string(name) + '=' +
                   (found->is_string() ? found->get<std::string>() : found->dump());
    }
    return subject.substr(0, LongestSubject);
}

void complain(const std::string &path, int error)
{
    log::sampled(log::Level::Error, "admin", "audit log not written", "",
                 {{"detail", path + ": " + std::strerror(error)}});
}

void appendTo(const std::string &directory, const std::string &line)
{
    const std::string path = directory + NewerName;
    struct stat now = {};
    if (::stat(path.c_str(), &now) == 0 &&
        static_cast<std::size_t>(now.st_size) + line.size() > AuditLog::FileBytes)
        std::rename(path.c_str(), (directory + OlderName).c_str());
    const int fd =
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return complain(path, errno);
    if (const auto given = giveToDirectoryOwner(fd, path); !given)
        log::warning("admin", "audit log", {{"detail", given.error().detail}});
    if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        complain(path, errno);
    ::close(fd);
}

std::vector<Json> linesOf(const std::string &path)
{
    std::vector<Json> lines;
    const Result<std::string> text = readRegularFile(path, 2 * AuditLog::FileBytes);
    if (!text)
        return lines;
    for (std::size_t at = 0; at < text->size();) {
        const std::size_t end = std::min(text->find('\n', at), text->size());
        Result<Json> line = protocol::parseJson(text->substr(at, end - at));
        if (line && line->is_object() && line->contains("at"))
            lines.push_back(std::move(*line));
        at = end + 1;
    }
    return lines;
}

/// Leaves those that `keeps` names; nothing is written where that is all of them.
void sift(const std::string &directory, const Keeps &keeps)
{
    for (const char *name : {OlderName, NewerName}) {
        const std::string path = directory + name;
        const std::vector<Json> lines = linesOf(path);
        std::string kept;
        std::size_t count = 0;
        for (const Json &line : lines) {
            if (!keeps(line))
                continue;
            kept += protocol::dumpJson(line) + '\n';
            ++count;
        }
        if (count == lines.size())
            continue;
        if (const auto written = replaceFile(path, kept, 0600); !written)
            log::error("admin", "audit log not shortened", {{"detail", written.error().detail}});
    }
}

} // namespace

AuditLog::AuditLog(std::string directory) : m_directory(std::move(directory)), m_thread({}) {}

AuditLog::~AuditLog()
{
    m_thread.finish(EndPatience);
}

bool AuditLog::onlyTells(const AdminVerb &verb)
{
    return std::find(std::begin(OnlyTell), std::end(OnlyTell), verb.name) != std::end(OnlyTell);
}

void AuditLog::note(const AdminVerb &verb, const Json &params, const control::ControlPeer &who,
                    const Result<Json> &outcome, std::string_view by)
{
    if (onlyTells(verb))
        return;
    if (verb.name == "privacy.erase" && outcome && params.is_object())
        forgetNode(params.value("nodeId", std::string()));
    Json line{{"at", wallNow().ms},
              {"verb", verb.name},
              {"subject", subjectOf(verb, params)},
              {"outcome", outcome ? "done" : outcome.error().detail}};
    if (by.empty()) {
        line["uid"] = who.uid;
        line["pid"] = who.pid;
    } else {
        line["by"] = by;
    }
    append(protocol::dumpJson(line) + '\n');
}

void AuditLog::append(std::string line)
{
    m_thread.post([directory = m_directory, line = std::move(line)] { appendTo(directory, line); });
}

void AuditLog::keepSince(WallTime oldest)
{
    m_thread.post([directory = m_directory, oldest] {
        sift(directory, [oldest](const Json &line) {
            return line["at"].is_number_integer() && line["at"].get<std::int64_t>() >= oldest.ms;
        });
    });
}

void AuditLog::forgetNode(const std::string &node)
{
    if (node.empty())
        return;
    m_thread.post([directory = m_directory, node] {
        sift(directory, [&node](const Json &line) {
            return line.value("subject", std::string()).find(node) == std::string::npos;
        });
    });
}

Result<std::vector<Json>> AuditLog::read(const std::string &directory)
{
    const std::string newer = directory + NewerName;
    if (::access(newer.c_str(), R_OK) != 0 && errno != ENOENT)
        return unexpected(ErrorCode::Permission, newer + ": " + std::strerror(errno));
    std::vector<Json> lines = linesOf(directory + OlderName);
    for (Json &line : linesOf(newer))
        lines.push_back(std::move(line));
    return lines;
}

} // namespace higgs::server
