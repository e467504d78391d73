// SPDX-License-Identifier: GPL-3.0-or-later
// The servers that act as one: this one, and which others were heard of lately.
#pragma once

#include "server/instance_id.h"
#include "shared/base/clock.h"
#include "shared/protocol/server_info.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace higgs::server {

/// One server, as clients and nodes reach it.
struct Instance
{
    InstanceId id;
    unsigned number = 1; ///< its name is "relay-" and this; unlike that of any other
    std::string host;
    std::uint16_t port = 0;

    friend bool operator==(const Instance &, const Instance &) = default;
};

/// Pure: time comes as an argument.
class InstanceDirectory
{
public:
    /// Each says a word every second; one of whom nothing came for so long is taken to be gone.
    static constexpr Milliseconds LostAfter = Seconds(4);
    /// More are not remembered: an operator has a handful.
    static constexpr std::size_t MaxOthers = 63;

    explicit InstanceDirectory(Instance own) : m_own(std::move(own)) {}

    [[nodiscard]] const Instance &own() const { return m_own; }
    void setOwn(Instance own) { m_own = std::move(own); }
    /// Whether sessions of this server are meant; also those of an earlier version.
    [[nodiscard]] bool isOwn(const InstanceId &id) const { return id.isNull() || id == m_own.id; }

    enum class Heard {
        Known,
        New,     ///< or changed
        Refused, ///< it says that it is this one, or there are too many
    };
    Heard heard(BootTime now, Instance other);
    /// It has said that it ends.
    void remove(const InstanceId &id) { m_others.erase(id); }
    void forgetOthers() { m_others.clear(); }
    /// Takes out those that are gone, and returns them.
    std::vector<InstanceId> sweep(BootTime now);

    /// Null: not known, or gone.
    [[nodiscard]] const Instance *find(const InstanceId &id) const;
    [[nodiscard]] std::size_t others() const { return m_others.size(); }
    /// This one first, then the others by their numbers.
    [[nodiscard]] std::vector<Instance> live() const;
    /// The same as clients and nodes are told.
    [[nodiscard]] std::vector<protocol::RelayServer> relayServers() const;

private:
    struct Other
    {
        Instance instance;
        BootTime heardAt;
    };

    Instance m_own;
    std::unordered_map<InstanceId, Other> m_others;
};

} // namespace higgs::server
