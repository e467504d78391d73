// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands.h"

#include "server/identity.h"
#include "server/openapi_text.h"
#include "shared/crypto/sha256.h"

#include <charconv>
#include <cstdio>
#include <span>

namespace higgs::server {

namespace {

constexpr int Failed = 1;
constexpr int Usage = 2;
constexpr std::size_t AccessKeyBytes = 24;
constexpr std::uint32_t LongestMaintenanceNotice = 86'400; // seconds

// What a TURN server must never relay to: coturn takes ranges, and an IPv4-mapped address slips
// past an IPv4 range, so that the whole mapped range is denied too.
constexpr const char *DeniedPeers[] = {
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "100.64.0.0-100.127.255.255",
    "127.0.0.0-127.255.255.255",
    "169.254.0.0-169.254.255.255",
    "172.16.0.0-172.31.255.255",
    "192.0.0.0-192.0.0.255",
    "192.0.2.0-192.0.2.255",
    "192.88.99.0-192.88.99.255",
    "192.168.0.0-192.168.255.255",
    "198.18.0.0-198.19.255.255",
    "198.51.100.0-198.51.100.255",
    "203.0.113.0-203.0.113.255",
    "224.0.0.0-255.255.255.255",
    "::-::ffff:ffff:ffff",
    "64:ff9b::-64:ff9b::ffff:ffff",
    "64:ff9b:1::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "100::-100::ffff:ffff:ffff:ffff",
    "2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

int fail(const std::string &text)
{
    std::fprintf(stderr, "boson-server: %s\n", text.c_str());
    return Failed;
}

int usage(const char *text)
{
    std::fprintf(stderr, "boson-server: %s; see --help\n", text);
    return Usage;
}

Result<std::unique_ptr<SqlStorage>> openStorage(const Config &config)
{
    if (const auto prepared = prepareDataDir(config.dataDir); !prepared)
        return unexpected(prepared.error());
    return SqlStorage::open(config.database);
}

template <typename T>
Result<T> wait(QFuture<Result<T>> future)
{
    future.waitForFinished();
    return future.result();
}

int addAccessKey(SqlStorage &storage, const std::string &name)
{
    Bytes random(AccessKeyBytes);
    fillRandom(random);
    const SecretText key("hk_" + toBase64(random, Base64::Url));
    const AccessKeyRecord record{name, toHex(sha256(asBytes(key.reveal()))), wallNow()};
    const Result<void> added = wait(storage.addAccessKey(record));
    if (!added)
        return fail("cannot add the key " + name + ": " + added.error().detail);
    // The only time that it can be seen: the database has its digest.
    std::printf("%s\n", std::string(key.reveal()).c_str());
    return 0;
}

int listAccessKeys(SqlStorage &storage)
{
    const Result<StoredState> stored = wait(storage.load(wallNow()));
    if (!stored)
        return fail(stored.error().detail);
    for (const AccessKeyRecord &key : stored->accessKeys)
        std::printf("%s\n", key.name.c_str());
    return 0;
}

int accessKey(const Config &config)
{
    const auto &words = config.command;
    const std::string verb = words.size() > 1 ? words[1] : "";
    const bool named = (verb == "add" || verb == "remove") && words.size() == 3;
    if (!named && !(verb == "list" && words.size() == 2))
        return usage("access-key needs add NAME, list or remove NAME");
    const auto storage = openStorage(config);
    if (!storage)
        return fail(storage.error().detail);
    if (verb == "add")
        return addAccessKey(**storage, words[2]);
    if (verb == "list")
        return listAccessKeys(**storage);
    const Result<void> removed = wait((*storage)->removeAccessKey(words[2]));
    return removed ? 0 : fail("cannot remove " + words[2] + ": " + removed.error().detail);
}

int listNodes(SqlStorage &storage)
{
    const Result<StoredState> stored = wait(storage.load(wallNow()));
    if (!stored)
        return fail(stored.error().detail);
    for (const NodeRecord &node : stored->nodes) {
        const std::int64_t silent = (wallNow() - node.lastSeen).count() / 1000;
        const char *standing = !node.approved     ? "pending"
                               : node.maintenance ? "maintenance"
                                                  : "approved";
        std::printf("%s  %s  %-11s  %s  last seen %lld s ago\n", node.id.text().c_str(),
                    node.country.text().c_str(), standing, node.publicKey.text().c_str(),
                    static_cast<long long>(silent));
    }
    return 0;
}

/// What follows the node's ID; nothing: not to be understood.
std::optional<NodeOrder> parseOrder(const std::string &verb, std::span<const std::string> words)
{
    NodeOrder order;
    order.givenAt = wallNow();
    if ((verb == "refresh" || verb == "restart") && words.empty()) {
        order.kind = verb == "restart" ? NodeOrder::Kind::Restart : NodeOrder::Kind::Refresh;
        return order;
    }
    if (verb != "maintenance" || words.empty() || (words[0] != "on" && words[0] != "off"))
        return std::nullopt;
    order.kind = NodeOrder::Kind::Maintenance;
    order.on = words[0] == "on";
    if (words.size() == 1)
        return order;
    std::uint32_t seconds = 0;
    const char *const end = words[1].data() + words[1].size();
    const auto read = std::from_chars(words[1].data(), end, seconds);
    if (words.size() > 2 || !order.on || read.ec != std::errc() || read.ptr != end ||
        seconds > LongestMaintenanceNotice)
        return std::nullopt;
    order.within = Seconds(seconds);
    return order;
}

Result<void> changeNode(SqlStorage &storage, const std::string &verb, const NodeId &id,
                        std::optional<NodeOrder> order)
{
    if (order) {
        order->node = id;
        return wait(storage.orderNode(*order));
    }
    return wait(verb == "approve" ? storage.approveNode(id) : storage.removeNode(id));
}

int node(const Config &config)
{
    const auto &words = config.command;
    const std::string verb = words.size() > 1 ? words[1] : "";
    const bool lists = verb == "list" && words.size() == 2;
    const bool plain = (verb == "approve" || verb == "remove") && words.size() == 3;
    std::optional<NodeOrder> order;
    if (words.size() > 2)
        order = parseOrder(verb, std::span(words).subspan(3));
    if (!lists && !plain && !order)
        return usage("node needs list, approve ID, remove ID, refresh ID, restart ID, "
                     "maintenance ID on [SECONDS] or maintenance ID off");
    const auto id = NodeId::parse(lists ? "" : words[2]);
    if (!lists && !id)
        return usage("a node's ID is a UUID");
    const auto storage = openStorage(config);
    if (!storage)
        return fail(storage.error().detail);
    if (lists)
        return listNodes(**storage);
    const Result<void> done = changeNode(**storage, verb, *id, order);
    return done ? 0 : fail("cannot " + verb + ' ' + words[2] + ": " + done.error().detail);
}

int turnConfig(const Config &config)
{
    if (!config.turn)
        return usage("turn-config needs --turn and --turn-secret-file");
    std::printf("# coturn configuration for this server; keep it 0600, it has the secret\n");
    std::printf("listening-port=%u\n", static_cast<unsigned>(config.turn->port));
    if (config.turn->tlsPort) {
        std::printf("tls-listening-port=%u\n", static_cast<unsigned>(*config.turn->tlsPort));
        std::printf("cert=%s\npkey=%s\nno-tlsv1\nno-tlsv1_1\n",
                    config.tlsCert.empty() ? "/etc/boson/turn.crt" : config.tlsCert.c_str(),
                    config.tlsKey.empty() ? "/etc/boson/turn.key" : config.tlsKey.c_str());
    } else {
        std::printf("no-tls\nno-dtls\n");
    }
    std::printf("realm=%s\nfingerprint\nuse-auth-secret\nstatic-auth-secret=%s\n",
                std::string(TurnService::Realm).c_str(),
                std::string(config.turn->secret.reveal()).c_str());
    std::printf("no-cli\nno-multicast-peers\nno-tcp-relay\nstale-nonce=600\n");
    for (const char *range : DeniedPeers)
        std::printf("denied-peer-ip=%s\n", range);
    return 0;
}

} // namespace

int runCommand(const Config &config)
{
    const std::string &name = config.command.front();
    if (name == "access-key")
        return accessKey(config);
    if (name == "node")
        return node(config);
    if (name == "turn-config")
        return turnConfig(config);
    if (name == "openapi") {
        std::fwrite(OpenApiText.data(), 1, OpenApiText.size(), stdout);
        return 0;
    }
    return usage(("unknown command " + name).c_str());
}

} // namespace higgs::server
