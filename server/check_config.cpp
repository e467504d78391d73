// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/check_config.h"

#include "server/admin_commands.h"
#include "server/certificate_check.h"
#include "server/check_places.h"
#include "shared/base/durable_file.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

CertificateFiles filesOf(const Config &config)
{
    return config.tlsCert.empty() ? selfSignedFiles(config.dataDir)
                                  : CertificateFiles{config.tlsCert, config.tlsKey};
}

/// Why a file cannot be made in `directory`, which is made, too, where `made` says so; empty: it
/// can.
std::string whyNotWritable(std::string directory, bool made)
{
    struct stat status = {};
    while (made && ::stat(directory.c_str(), &status) != 0 && errno == ENOENT) {
        const std::string parent = directoryOf(directory);
        if (parent == directory)
            break;
        directory = parent;
    }
    if (::stat(directory.c_str(), &status) != 0)
        return directory + ": " + std::strerror(errno);
    if (!S_ISDIR(status.st_mode))
        return directory + " is no directory";
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
        return directory + ": " + std::strerror(errno);
    return {};
}

/// What would keep a server with a faultless configuration from starting.
std::vector<std::string> obstacles(const Config &config)
{
    std::vector<std::string> found;
    const CertificateFiles files = filesOf(config);
    const PairFacts pair = inspectPair(files, config.publicHost);
    const bool given = !config.tlsCert.empty();
    if (pair.state == PairState::Damaged || (given && pair.state == PairState::Missing))
        found.push_back("cannot use the certificate: " + pair.why);
    if (const std::string why = whyNotWritable(config.dataDir, true); !why.empty())
        found.push_back("cannot use the data directory " + config.dataDir + ": " + why);
    if (config.database.kind != DatabaseUrl::Kind::Sqlite)
        return found;
    const std::string directory = directoryOf(config.database.path);
    if (const std::string why = whyNotWritable(directory, directory == config.dataDir);
        !why.empty() && directory != config.dataDir)
        found.push_back("cannot use the database " + config.database.path + ": " + why);
    struct stat status = {};
    if (::stat(config.database.path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        found.push_back("cannot use the database: " + config.database.path +
                        " is not a regular file");
    return found;
}

/// What anybody may do who reaches the server, where the operator has not said that it is meant so.
std::vector<std::string> openDoors(const Config &config)
{
    std::vector<std::string> open;
    if (config.listen.address.isLoopback())
        return open;
    if (config.accessIsDefault)
        open.push_back("anybody may use this server, as --access is open by default: say it, or "
                       "give --access key");
    if (config.nodeAccessIsDefault)
        open.push_back("anybody may register a node, as --node-access is open by default: say it, "
                       "or give --node-access approve or key");
    return open;
}

std::string valueOf(const std::vector<InForce> &rows, std::string_view name)
{
    for (const InForce &row : rows) {
        if (row.name == name)
            return row.origin == "default" ? "" : row.value;
    }
    return {};
}

} // namespace

std::vector<std::string> configRemarks(const ConfigReading &reading)
{
    const Config &config = reading.config;
    std::vector<std::string> remarks = reading.remarks;
    const CertificateFiles files = filesOf(config);
    for (std::string &remark : certificateRemarks(inspectPair(files, config.publicHost), files,
                                                  config.publicHost, wallNow()))
        remarks.push_back(std::move(remark));
    for (std::string &remark : openDoors(config))
        remarks.push_back(std::move(remark));
    std::vector<std::string> secrets = {config.dataDir + "/jwt.key", config.dataDir + "/server.key",
                                        valueOf(reading.inForce, "turn-secret-file"),
                                        valueOf(reading.inForce, "metrics-token-file"),
                                        valueOf(reading.inForce, "admin-token-file")};
    if (config.database.kind == DatabaseUrl::Kind::Sqlite)
        secrets.push_back(config.database.path);
    else if (!config.database.password.empty())
        secrets.push_back(config.iniFile);
    for (const std::string &path : secrets) {
        if (std::string open = readableByAll(path); !open.empty())
            remarks.push_back(std::move(open));
    }
    return remarks;
}

int checkConfig(const ConfigReading &reading)
{
    std::string text;
    for (const InForce &row : reading.inForce)
        text += row.name + " = " + row.value + "  (" + row.origin + ")\n";
    std::vector<std::string> wrong;
    for (const Error &fault : reading.faults)
        wrong.push_back(fault.detail);
    PlaceFindings places;
    if (wrong.empty()) {
        wrong = obstacles(reading.config);
        places = checkPlaces(reading.config);
        wrong.insert(wrong.end(), places.obstacles.begin(), places.obstacles.end());
    }
    for (const std::string &each : wrong)
        text += "wrong: " + each + '\n';
    for (const auto &remarks : {configRemarks(reading), places.remarks}) {
        for (const std::string &remark : remarks)
            text += "note: " + remark + '\n';
    }
    if (const auto printed = print(text); !printed)
        return commandFailed(printed.error().detail);
    if (wrong.empty())
        return 0;
    return commandFailed("it would not start: " + wrong.front());
}

} // namespace higgs::server
