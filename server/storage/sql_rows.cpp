// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_rows.h"
#include "server/storage/sql_fault.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <algorithm>
#include <array>

namespace higgs::server::sql {

namespace {

QVariant text(std::string_view value)
{
    return QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
}

QVariant nullableText(const std::optional<std::string> &value)
{
    return value ? text(*value) : QVariant(QMetaType(QMetaType::QString));
}

QVariant real(const std::optional<double> &value)
{
    return value ? QVariant(*value) : QVariant(QMetaType(QMetaType::Double));
}

QVariant time(WallTime value)
{
    return QVariant(static_cast<qlonglong>(value.ms));
}

template <typename T>
std::optional<std::string> textOf(const std::optional<T> &value)
{
    return value ? std::optional(value->toString()) : std::nullopt;
}

std::string string(const QSqlQuery &query, int column)
{
    return query.value(column).toString().toStdString();
}

std::optional<double> optionalReal(const QSqlQuery &query, int column)
{
    if (query.isNull(column))
        return std::nullopt;
    return query.value(column).toDouble();
}

// A value that does not parse (a database edited by hand) is read as absent.
template <typename T>
std::optional<T> parsed(const QSqlQuery &query, int column)
{
    if (query.isNull(column))
        return std::nullopt;
    Result<T> value = T::parse(string(query, column));
    return value ? std::optional(std::move(*value)) : std::nullopt;
}

WallTime wallTime(const QSqlQuery &query, int column)
{
    return {query.value(column).toLongLong()};
}

std::optional<NodeRecord> nodeOf(const QSqlQuery &q)
{
    NodeRecord node;
    const auto id = parsed<NodeId>(q, 0);
    const auto key = parsed<protocol::KeyText>(q, 1);
    const auto country = parsed<protocol::CountryCode>(q, 10);
    if (!id || !key || !country)
        return std::nullopt;
    node.id = *id;
    node.publicKey = *key;
    node.natType = protocol::parseNatType(string(q, 2)).value_or(protocol::NatType::Unknown);
    node.localPort = static_cast<std::uint16_t>(q.value(3).toUInt());
    node.ipv4 = parsed<IpAddress>(q, 4);
    node.ipv6 = parsed<IpAddress>(q, 5);
    node.mapped = parsed<Endpoint>(q, 6);
    node.maxConnections = q.value(7).toUInt();
    node.bandwidthUp = optionalReal(q, 8);
    node.bandwidthDown = optionalReal(q, 9);
    node.country = *country;
    node.region = string(q, 11);
    node.latitude = optionalReal(q, 12);
    node.longitude = optionalReal(q, 13);
    node.heartbeatInterval = Seconds(q.value(14).toInt());
    node.approved = q.value(15).toInt() != 0;
    node.tokenGeneration = string(q, 16);
    node.lastProof = q.value(17).toLongLong();
    node.registeredAt = wallTime(q, 18);
    node.lastSeen = wallTime(q, 19);
    node.maintenance = q.value(20).toInt() != 0;
    node.from = parsed<IpAddress>(q, 21).value_or(IpAddress());
    node.accessKey = string(q, 22);
    return node;
}

constexpr std::array OrderNames{
    std::pair{NodeOrder::Kind::Refresh, "refresh"},
    std::pair{NodeOrder::Kind::Restart, "restart"},
    std::pair{NodeOrder::Kind::Maintenance, "maintenance"},
};

std::optional<NodeOrder> orderOf(const QSqlQuery &q)
{
    const auto node = parsed<NodeId>(q, 0);
    const auto named = std::find_if(OrderNames.begin(), OrderNames.end(), [&q](const auto &known) {
        return string(q, 1) == known.second;
    });
    if (!node || named == OrderNames.end())
        return std::nullopt;
    NodeOrder order{*node, named->first, q.value(2).toInt() != 0, std::nullopt, wallTime(q, 4)};
    if (!q.isNull(3))
        order.within = Seconds(q.value(3).toInt());
    return order;
}

protocol::RouteType routeType(const std::string &name)
{
    for (const auto type : {protocol::RouteType::Direct, protocol::RouteType::Cascade}) {
        if (name == protocol::toString(type))
            return type;
    }
    return protocol::RouteType::Relay;
}

std::optional<SessionRecord> sessionOf(const QSqlQuery &q)
{
    SessionRecord session;
    const auto id = parsed<SessionId>(q, 0);
    const auto node = parsed<NodeId>(q, 1);
    const auto client = parsed<ClientId>(q, 2);
    const auto route = parsed<RouteId>(q, 4);
    if (!id || !node || !client || !route)
        return std::nullopt;
    session.id = *id;
    session.node = *node;
    session.client = *client;
    session.clientGroup = string(q, 3);
    session.route = *route;
    session.routeType = routeType(string(q, 5));
    session.tokenDigest = string(q, 6);
    session.clientKey = parsed<protocol::KeyText>(q, 7);
    session.clientNatType =
        protocol::parseNatType(string(q, 8)).value_or(protocol::NatType::Unknown);
    session.clientMapped = parsed<Endpoint>(q, 9);
    session.addressIndex = q.value(10).toUInt();
    session.createdAt = wallTime(q, 11);
    session.expiresAt = wallTime(q, 12);
    session.instance = parsed<InstanceId>(q, 13).value_or(InstanceId());
    return session;
}

/// "(?, ?, ?)"
QString placesFor(std::size_t count)
{
    QString places = QStringLiteral("(?");
    for (std::size_t i = 1; i < count; ++i)
        places += QStringLiteral(", ?");
    return places + QLatin1Char(')');
}

template <typename Id>
std::vector<QVariant> textsOf(const std::vector<Id> &ids)
{
    std::vector<QVariant> texts;
    for (const Id &each : ids)
        texts.push_back(text(each.text()));
    return texts;
}

Result<std::vector<NodeRecord>> nodesWhere(QSqlDatabase &database, const QString &where,
                                           const std::vector<QVariant> &values)
{
    QSqlQuery query(database);
    query.setForwardOnly(true);
    query.prepare(
        QStringLiteral(
            "SELECT node_id, public_key, nat_type, local_port, ipv4, ipv6, mapped,"
            " max_connections, bandwidth_up, bandwidth_down, country, region, latitude, longitude,"
            " heartbeat_interval, approved, token_generation, last_proof, registered_at,"
            " last_seen, maintenance, registered_from, access_key FROM nodes") +
        where);
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failed(query);
    std::vector<NodeRecord> nodes;
    while (query.next()) {
        if (auto node = nodeOf(query))
            nodes.push_back(std::move(*node));
    }
    if (query.lastError().isValid())
        return failed(query);
    return nodes;
}

Result<std::vector<SessionRecord>> sessionsWhere(QSqlDatabase &database, const QString &where,
                                                 const std::vector<QVariant> &values)
{
    QSqlQuery query(database);
    query.setForwardOnly(true);
    query.prepare(QStringLiteral("SELECT session_id, node_id, client_id, client_group, route_id,"
                                 " route_type, token_digest, client_key, client_nat_type,"
                                 " client_mapped, address_index, created_at, expires_at, instance"
                                 " FROM sessions WHERE status = 'active' AND ") +
                  where);
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failed(query);
    std::vector<SessionRecord> sessions;
    while (query.next()) {
        if (auto session = sessionOf(query))
            sessions.push_back(std::move(*session));
    }
    if (query.lastError().isValid())
        return failed(query);
    return sessions;
}

} // namespace

Unexpected failed(const QSqlQuery &query)
{
    return unexpected(sqlFaultCode(query.lastError()), sqlFaultText(query.lastError()));
}

Result<QSqlQuery> asked(QSqlDatabase &database, const char *statement,
                        std::initializer_list<QVariant> values)
{
    QSqlQuery query(database);
    query.prepare(QString::fromLatin1(statement));
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failed(query);
    return query;
}

Result<std::vector<NodeRecord>> readNodes(QSqlDatabase &database)
{
    return nodesWhere(database, QString(), {});
}

Result<std::vector<NodeRecord>> readNodes(QSqlDatabase &database, const std::vector<NodeId> &ids)
{
    if (ids.empty())
        return std::vector<NodeRecord>();
    return nodesWhere(database, QStringLiteral(" WHERE node_id IN ") + placesFor(ids.size()),
                      textsOf(ids));
}

Result<std::vector<SessionRecord>> readSessions(QSqlDatabase &database, WallTime now)
{
    return sessionsWhere(database, QStringLiteral("expires_at > ?"), {time(now)});
}

Result<std::vector<SessionRecord>> readSessions(QSqlDatabase &database,
                                                const std::vector<SessionId> &ids)
{
    if (ids.empty())
        return std::vector<SessionRecord>();
    return sessionsWhere(database, QStringLiteral("session_id IN ") + placesFor(ids.size()),
                         textsOf(ids));
}

Result<std::vector<NodeOrder>> readOrders(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT node_id, kind, enabled, within, given_at"
                                   " FROM node_orders ORDER BY given_at")))
        return failed(query);
    std::vector<NodeOrder> orders;
    while (query.next()) {
        if (const auto order = orderOf(query))
            orders.push_back(*order);
    }
    return orders;
}

Result<std::int64_t> readAdminRevision(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT value FROM meta WHERE name = 'admin_revision'")) ||
        !query.next())
        return failed(query);
    return query.value(0).toLongLong();
}

Result<void> writeNode(QSqlDatabase &database, const NodeRecord &node)
{
    QSqlQuery query(database);
    query.prepare(QStringLiteral(
        "INSERT INTO nodes (node_id, public_key, nat_type, local_port, ipv4, ipv6, mapped,"
        " max_connections, bandwidth_up, bandwidth_down, country, region, latitude, longitude,"
        " heartbeat_interval, approved, token_generation, last_proof, registered_at, last_seen,"
        " registered_from, access_key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node_id) DO UPDATE SET public_key = excluded.public_key,"
        " nat_type = excluded.nat_type, local_port = excluded.local_port, ipv4 = excluded.ipv4,"
        " ipv6 = excluded.ipv6, mapped = excluded.mapped,"
        " max_connections = excluded.max_connections, bandwidth_up = excluded.bandwidth_up,"
        " bandwidth_down = excluded.bandwidth_down, country = excluded.country,"
        " region = excluded.region, latitude = excluded.latitude,"
        " longitude = excluded.longitude, heartbeat_interval = excluded.heartbeat_interval,"
        " token_generation = excluded.token_generation, last_proof = excluded.last_proof,"
        " last_seen = excluded.last_seen, registered_from = excluded.registered_from,"
        " access_key = excluded.access_key"));
    query.addBindValue(text(node.id.text()));
    query.addBindValue(text(node.publicKey.text()));
    query.addBindValue(text(protocol::toString(node.natType)));
    query.addBindValue(static_cast<int>(node.localPort));
    query.addBindValue(nullableText(textOf(node.ipv4)));
    query.addBindValue(nullableText(textOf(node.ipv6)));
    query.addBindValue(nullableText(textOf(node.mapped)));
    query.addBindValue(static_cast<int>(node.maxConnections));
    query.addBindValue(real(node.bandwidthUp));
    query.addBindValue(real(node.bandwidthDown));
    query.addBindValue(text(node.country.text()));
    query.addBindValue(text(node.region));
    query.addBindValue(real(node.latitude));
    query.addBindValue(real(node.longitude));
    query.addBindValue(static_cast<int>(node.heartbeatInterval.count()));
    query.addBindValue(node.approved ? 1 : 0);
    query.addBindValue(text(node.tokenGeneration));
    query.addBindValue(static_cast<qlonglong>(node.lastProof));
    query.addBindValue(time(node.registeredAt));
    query.addBindValue(time(node.lastSeen));
    query.addBindValue(
        nullableText(node.from.isNull() ? std::nullopt : std::optional(node.from.toString())));
    query.addBindValue(text(node.accessKey));
    if (!query.exec())
        return failed(query);
    return {};
}

Result<void> writeOrder(QSqlDatabase &database, const NodeOrder &order)
{
    const auto *const named =
        std::find_if(OrderNames.begin(), OrderNames.end(),
                     [&order](const auto &known) { return known.first == order.kind; });
    QSqlQuery query(database);
    query.prepare(QStringLiteral(
        "INSERT INTO node_orders (node_id, kind, enabled, within, given_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (node_id, kind) DO UPDATE SET enabled = excluded.enabled,"
        " within = excluded.within, given_at = excluded.given_at"));
    query.addBindValue(text(order.node.text()));
    query.addBindValue(text(named->second));
    query.addBindValue(order.on ? 1 : 0);
    query.addBindValue(order.within ? QVariant(static_cast<int>(order.within->count()))
                                    : QVariant(QMetaType(QMetaType::Int)));
    query.addBindValue(time(order.givenAt));
    if (!query.exec())
        return failed(query);
    return {};
}

Result<void> raiseAdminRevision(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("UPDATE meta SET value = value + 1"
                                   " WHERE name = 'admin_revision'")))
        return failed(query);
    return {};
}

} // namespace higgs::server::sql
