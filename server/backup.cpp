// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/backup.h"

#include "server/admin/admin_place.h"
#include "server/backup_files.h"
#include "server/identity.h"
#include "server/storage/database_check.h"
#include "server/storage/database_copy.h"
#include "server/storage/migrations.h"
#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"
#include "shared/control/control_socket.h"
#include "shared/protocol/json.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

using protocol::Json;

constexpr int Format = 1;
constexpr const char *ManifestName = "backup.json";
constexpr const char *DatabaseName = "boson.db";
constexpr std::size_t MaxManifest = 64 * 1024;

// Who the server is. What is not there is not missed: a certificate may be the operator's own.
constexpr const char *IdentityNames[] = {
    "jwt.key",         "jwt.key.former",  "server.key",         "client-groups.key",
    "certificate.pem", "certificate.key", "certificate.sha256", "instance.id"};

constexpr const char *PostgresRemark =
    "the database is PostgreSQL's and is not in here: take it with pg_dump, give it back with "
    "pg_restore";

bool isIdentity(const std::string &name)
{
    for (const char *each : IdentityNames) {
        if (name == each)
            return true;
    }
    return false;
}

Unexpected badBackup(const std::string &text)
{
    return unexpected(ErrorCode::Malformed, text);
}

/// Copies what there is of identity and database into `to`.
Result<BackupReport> fill(const Config &config, const std::string &to)
{
    BackupReport report;
    Json digests = Json::object();
    const auto add = [&](const std::string &name) -> Result<void> {
        auto digest = digestOfFile(to + '/' + name);
        if (!digest)
            return unexpected(digest.error());
        digests[name] = std::move(*digest);
        report.files.push_back(name);
        return {};
    };
    for (const char *name : IdentityNames) {
        const std::string from = config.dataDir + '/' + name;
        if (!isThere(from))
            continue;
        if (const auto copied = copyFile(from, to + '/' + name); !copied)
            return unexpected(copied.error());
        if (const auto added = add(name); !added)
            return unexpected(added.error());
    }
    if (report.files.empty())
        return unexpected(ErrorCode::NotFound, "there is no server's data in " + config.dataDir +
                                                   ": name its directory with --data-dir");
    const bool sqlite = config.database.kind == DatabaseUrl::Kind::Sqlite;
    if (sqlite) {
        if (const auto copied = copyDatabase(config.database, to + '/' + DatabaseName); !copied)
            return unexpected(copied.error());
        if (const auto added = add(DatabaseName); !added)
            return unexpected(added.error());
    } else {
        report.remarks.emplace_back(PostgresRemark);
    }
    if (!config.tlsCert.empty())
        report.remarks.push_back("the certificate " + config.tlsCert +
                                 " and its key are not in here: they are yours to keep");
    const Json manifest = {{"format", Format},
                           {"version", HIGGS_VERSION},
                           {"schema", latestSchema()},
                           {"createdAt", wallNow().ms},
                           {"database", sqlite ? "sqlite" : "postgresql"},
                           {"files", std::move(digests)}};
    const auto written = replaceFile(to + '/' + ManifestName, manifest.dump(2) + '\n', 0600);
    if (!written)
        return unexpected(written.error());
    return report;
}

/// The names that the manifest has, each of them checked: of ours, and as it was written.
Result<std::vector<std::string>> readManifest(const std::string &directory)
{
    const auto text = readRegularFile(directory + '/' + ManifestName, MaxManifest);
    if (!text)
        return badBackup(directory + " is no backup: " + text.error().detail);
    const auto manifest = protocol::parseJson(*text);
    const auto files =
        manifest && manifest->is_object() ? manifest->find("files") : Json::const_iterator();
    if (!manifest || !manifest->is_object() || !manifest->contains("format") ||
        files == manifest->end() || !files->is_object())
        return badBackup(directory + '/' + ManifestName + " is no manifest of a backup");
    if ((*manifest)["format"] != Format)
        return badBackup(directory + " was made by a newer boson-server");
    std::vector<std::string> names;
    for (const auto &[name, digest] : files->items()) {
        if (!isIdentity(name) && name != DatabaseName)
            return badBackup(directory + " has \"" + name.substr(0, 60) + "\", which is not ours");
        const auto found = digestOfFile(directory + '/' + name);
        if (!found)
            return badBackup(found.error().detail);
        if (digest != *found)
            return badBackup(directory + '/' + name + " is not what was backed up");
        names.push_back(name);
    }
    return names;
}

Result<void> checkBackedUpDatabase(const std::string &path)
{
    DatabaseUrl url;
    url.path = path;
    if (const auto checked = checkDatabase(url); !checked)
        return badBackup(path + ": " + checked.error().detail);
    const auto schema = schemaOf(path);
    if (!schema)
        return unexpected(schema.error());
    if (*schema == 0)
        return badBackup(path + " is no database of boson-server's");
    if (*schema > latestSchema())
        return badBackup(path + " is of a newer boson-server");
    return {};
}

std::string journalOf(const Config &config)
{
    return config.dataDir + "/restoring.json";
}

/// Of a directory that is not there: two restores may come in one second.
std::string awayName(const Config &config)
{
    std::string name = "replaced-" + std::to_string(wallNow().ms / 1000);
    while (isThere(config.dataDir + '/' + name) ||
           isThere(directoryOf(config.database.path) + '/' + name))
        name += '-';
    return name;
}

/// While it lives no server starts on the data directory.
struct HeldPlace
{
    AdminPlace place;
    std::unique_ptr<control::ControlSocket> socket;
};

Result<HeldPlace> holdPlace(const Config &config)
{
    auto place = AdminPlace::of(config.dataDir);
    if (!place)
        return unexpected(place.error());
    auto socket = control::ControlSocket::open(place->path(), {}, control::Admission::Nobody);
    if (!socket)
        return unexpected(socket.error().code == ErrorCode::AlreadyExists
                              ? Error{ErrorCode::AlreadyExists, "a server runs with the data "
                                                                "directory " +
                                                                    config.dataDir +
                                                                    ": stop it first"}
                              : socket.error());
    return HeldPlace{std::move(*place), std::move(*socket)};
}

} // namespace

Result<BackupReport> makeBackup(const Config &config, const std::string &directory)
{
    if (isThere(directory) && ::rmdir(directory.c_str()) != 0)
        return unexpected(ErrorCode::AlreadyExists, directory + ": " + std::strerror(errno) +
                                                        ": name a directory that is not there");
    std::string working = directory + ".XXXXXX";
    if (::mkdtemp(working.data()) == nullptr)
        return unexpected(ErrorCode::System, directory + ": " + std::strerror(errno));
    auto report = fill(config, working);
    if (report && ::rename(working.c_str(), directory.c_str()) != 0)
        report = unexpected(ErrorCode::System, directory + ": " + std::strerror(errno));
    if (!report)
        removeDirectory(working);
    return report;
}

Result<bool> finishRestore(const Config &config)
{
    const std::string journal = journalOf(config);
    std::vector<std::string> waiting = {FileExchange::waitingBeside(journal)};
    if (config.database.kind == DatabaseUrl::Kind::Sqlite)
        waiting.push_back(FileExchange::waitingBeside(config.database.path));
    const bool hasBegun = isThere(journal);
    if (!hasBegun && std::none_of(waiting.begin(), waiting.end(), isThere))
        return false;
    // Not beside one that is at it.
    const auto held = holdPlace(config);
    if (!held)
        return hasBegun ? Result<bool>(unexpected(held.error())) : Result<bool>(false);
    const Result<bool> finished = FileExchange::finish(journal);
    for (const std::string &each : waiting) {
        if (finished)
            removeDirectory(each);
    }
    return finished;
}

Result<BackupReport> restoreBackup(const Config &config, const std::string &directory)
{
    const auto names = readManifest(directory);
    if (!names)
        return unexpected(names.error());
    BackupReport report;
    const bool hasDatabase = std::find(names->begin(), names->end(), DatabaseName) != names->end();
    const bool sqlite = config.database.kind == DatabaseUrl::Kind::Sqlite;
    if (sqlite && !hasDatabase)
        return unexpected(ErrorCode::InvalidArgument,
                          directory + " has no database: it was made with PostgreSQL; give "
                                      "--database");
    if (!sqlite)
        report.remarks.emplace_back(PostgresRemark);
    if (sqlite) {
        if (const auto good = checkBackedUpDatabase(directory + '/' + DatabaseName); !good)
            return unexpected(good.error());
    }
    if (const auto prepared = prepareDataDir(config.dataDir); !prepared)
        return unexpected(prepared.error());
    // Nobody starts a server meanwhile, on the directory or on the database.
    const auto held = holdPlace(config);
    if (!held)
        return unexpected(held.error());
    DatabaseClaim claim;
    if (sqlite) {
        if (const auto taken = claim.takeFile(config.database.path); !taken)
            return unexpected(taken.error());
    }
    const std::string journal = journalOf(config);
    if (const auto finished = FileExchange::finish(journal); !finished)
        return unexpected(finished.error());
    FileExchange exchange(awayName(config), journal);
    for (const char *name : IdentityNames)
        exchange.putAway(config.dataDir + '/' + name);
    if (sqlite) {
        for (const char *suffix : {"", "-wal", "-shm"})
            exchange.putAway(config.database.path + suffix);
    }
    for (const std::string &name : *names) {
        if (name == DatabaseName && !sqlite)
            continue;
        const std::string to =
            name == DatabaseName ? config.database.path : config.dataDir + '/' + name;
        exchange.bringIn(directory + '/' + name, to);
        report.files.push_back(name);
    }
    const auto kept = exchange.commit();
    if (!kept)
        return unexpected(kept.error());
    for (const std::string &aside : *kept)
        report.remarks.push_back("what was there is in " + aside);
    return report;
}

} // namespace higgs::server
