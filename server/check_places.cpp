// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/check_places.h"

#include "server/admin/admin_place.h"
#include "server/storage/database_check.h"
#include "shared/control/blocking_control_client.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::server {

namespace {

/// As the listeners bind; empty: it could be had.
std::string whyNotBound(const Endpoint &endpoint, int type)
{
    const bool v6 = endpoint.address.isV6();
    const int fd = ::socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd < 0) // a wild card is then one of IPv4
        return errno == EAFNOSUPPORT && endpoint.address.isUnspecified() ? ""
                                                                         : std::strerror(errno);
    const int on = 1;
    const int off = 0;
    if (type == SOCK_STREAM)
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (v6)
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_storage address{};
    const unsigned length = endpoint.toSockaddr(address);
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr *>(&address), length) == 0 &&
                       (type != SOCK_STREAM || ::listen(fd, 1) == 0);
    const int error = errno;
    ::close(fd);
    if (bound)
        return {};
    if (error == EACCES)
        return "a port below 1024 needs CAP_NET_BIND_SERVICE, as the systemd unit has it";
    return std::strerror(error);
}

bool runs(const std::string &dataDir)
{
    const auto place = AdminPlace::of(dataDir);
    if (!place)
        return false;
    const auto client = control::BlockingControlClient::open(place->path());
    return client.has_value() || client.error().code == ErrorCode::Permission;
}

void checkPorts(const Config &config, PlaceFindings &found)
{
    const auto check = [](const Endpoint &endpoint, int type, const char *option,
                          std::vector<std::string> &to) {
        if (const std::string why = whyNotBound(endpoint, type); !why.empty())
            to.push_back("cannot listen on " + endpoint.toString() + " (" + option + "): " + why);
    };
    check(config.listen, SOCK_STREAM, "--listen", found.obstacles);
    if (config.metrics)
        check(*config.metrics, SOCK_STREAM, "--metrics", found.obstacles);
    // A default that cannot be had is done without.
    std::vector<std::string> &ofStun = config.stunIsDefault ? found.remarks : found.obstacles;
    if (config.stun) {
        check(*config.stun, SOCK_DGRAM, "--stun", ofStun);
        check(*config.stun, SOCK_STREAM, "--stun", ofStun);
    }
}

} // namespace

PlaceFindings checkPlaces(const Config &config)
{
    PlaceFindings found;
    if (runs(config.dataDir))
        found.remarks.push_back("the server of " + config.dataDir +
                                " runs: its ports are not tried");
    else
        checkPorts(config, found);
    const DatabaseState database = inspectDatabase(config.database);
    if (database.kind == DatabaseState::Kind::Unusable)
        found.obstacles.push_back("cannot use " + config.database.toString() + ": " + database.why);
    else if (database.kind == DatabaseState::Kind::Away)
        found.remarks.push_back(config.database.toString() +
                                " does not answer: the server would start, and answer 503 until it "
                                "does: " +
                                database.why);
    else if (!database.why.empty())
        found.remarks.push_back(database.why);
    return found;
}

} // namespace higgs::server
