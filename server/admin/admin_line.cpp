// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/admin_line.h"

#include "server/admin/admin_place.h"
#include "server/admin/admin_verbs.h"
#include "server/admin/audit_log.h"
#include "server/admin/data_place.h"

#include <QEventLoop>
#include <QTimer>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

Unexpected nothingThere(const std::string &directory, const std::string &what)
{
    return unexpected(ErrorCode::NotFound,
                      "no server runs with the data directory " + directory + ", and " + what +
                          ": start the server once, or name its directory with --data-dir");
}

/// A command that is run in another directory than the server must not leave a database there.
Result<void> mustExist(const std::string &directory, const DatabaseUrl &database)
{
    if (database.kind != DatabaseUrl::Kind::Sqlite)
        return {};
    struct stat found = {};
    if (::stat(database.path.c_str(), &found) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? nothingThere(directory, "there is no database " + database.path)
                   : unexpected(ErrorCode::Permission,
                                "cannot look at " + database.path + ": " + std::strerror(errno));
    if (!S_ISREG(found.st_mode) || found.st_size == 0)
        return nothingThere(directory, database.path + " is no database");
    return {};
}

/// Whoever listens may be anybody, and gets what an operator says.
Result<void> isServer(const control::BlockingControlClient &client,
                      const Result<DataPlace> &directory)
{
    if (!directory)
        return unexpected(directory.error());
    const auto peer = client.peer();
    if (!peer)
        return unexpected(peer.error());
    return mayAnswerFor(*directory, peer->uid, ::geteuid());
}

} // namespace

Result<void> mayUseFiles(const std::string &dataDirectory, const DatabaseUrl &database)
{
    const auto may = mayUse(dataDirectory, PlaceUse::Files);
    if (!may || database.kind != DatabaseUrl::Kind::Sqlite)
        return may;
    const std::size_t slash = database.path.rfind('/');
    return mayUse(slash == std::string::npos ? "." : database.path.substr(0, slash),
                  PlaceUse::Files);
}

Result<AdminLine> AdminLine::open(const std::string &dataDirectory, const DatabaseUrl &database)
{
    AdminLine line;
    const auto directory = DataPlace::of(dataDirectory);
    if (directory) {
        if (const auto may = mayUse(*directory, PlaceUse::Socket, ::geteuid()); !may)
            return unexpected(may.error());
    }
    const auto place = AdminPlace::of(dataDirectory);
    if (place) {
        auto client = control::BlockingControlClient::open(place->path());
        if (client) {
            if (const auto is = isServer(*client, directory); !is)
                return unexpected(is.error());
            line.m_server = std::make_unique<control::BlockingControlClient>(std::move(*client));
            return line;
        }
        if (client.error().code == ErrorCode::Permission)
            return unexpected(ErrorCode::Permission,
                              "cannot speak to the server of " + dataDirectory +
                                  ": run this as root or as the user that runs the server");
    }
    if (const auto there = mustExist(dataDirectory, database); !there)
        return unexpected(there.error());
    if (const auto may = mayUseFiles(dataDirectory, database); !may)
        return unexpected(may.error());
    auto storage = SqlStorage::open(database);
    if (!storage)
        return unexpected(storage.error());
    line.m_storage = std::move(*storage);
    line.m_directory = dataDirectory;
    return line;
}

Result<protocol::Json> AdminLine::call(std::string_view verb, const protocol::Json &params)
{
    if (!m_server)
        return callHere(verb, params);
    const auto answer = m_server->call(verb, params, Patience);
    if (!answer && answer.error().code == ErrorCode::Timeout)
        return unexpected(ErrorCode::Timeout, "the server did not answer in 10 s: look with a list "
                                              "whether it was done, and at its log for why");
    return answer;
}

Result<protocol::Json> AdminLine::callHere(std::string_view verb, const protocol::Json &params)
{
    const AdminVerb *known = findAdminVerb(verb);
    if (known == nullptr)
        return unexpected(ErrorCode::Internal, "there is no such verb");
    if (known->needsServer)
        return unexpected(ErrorCode::Unavailable, "this needs the running server: start it first");
    // Shared with the answer, which may come when nobody waits for it any more.
    const auto answer = std::make_shared<std::optional<Result<protocol::Json>>>();
    QEventLoop loop;
    const QPointer<QEventLoop> waiting(&loop);
    const AdminScene scene{
        *m_storage, nullptr, [](const std::function<void()> &then) { then(); }, {}, {}};
    known->run(scene, params, [answer, waiting](const Result<protocol::Json> &outcome) {
        *answer = outcome;
        if (waiting)
            waiting->quit();
    });
    QTimer::singleShot(Patience, &loop, &QEventLoop::quit);
    if (!answer->has_value())
        loop.exec();
    if (!answer->has_value())
        *answer = unexpected(ErrorCode::Timeout, "the database did not answer in 10 s");
    AuditLog(m_directory).note(*known, params, {::getuid(), ::getgid(), ::getpid()}, **answer);
    return std::move(**answer);
}

} // namespace higgs::server
