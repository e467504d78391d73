// SPDX-License-Identifier: GPL-3.0-or-later
// What the client changes on its machine: kill switch, routes, DNS; and the way back, at any
// moment.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/interface_address.h"
#include "shared/tunnel/local_networks.h"
#include "shared/tunnel/resolv_conf.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace higgs {

struct ClientNetworkOptions
{
    std::string stateDir; ///< exists and is ours; holds client-network.json
    std::string interfaceName;
    /// SO_MARK of the daemon's sockets, all 32 bits compared; better one that nobody can guess.
    std::uint32_t mark = 0x48694767;
    std::uint32_t table = 0x48694767; ///< number of our own routing table
    /// Of packets of programs outside the tunnel. While a block stands it is that one's.
    std::uint32_t excludeMark = 0x48694778;
    std::uint32_t uid = 0; ///< of the daemon, whose sockets alone the mark lets out
};

/// What verify() found missing or changed, and put back.
struct BlockDamage
{
    bool rules = false;   ///< of nftables
    bool routes = false;  ///< policy rules, or our table
    bool barrier = false; ///< the filters at the network cards
    bool dns = false;
    bool settings = false;   ///< of the kernel's
    bool unfinished = false; ///< some of it could not be put back; look again
    bool device = false;     ///< the tunnel's interface is gone, which is not put back here

    [[nodiscard]] bool any() const
    {
        return rules || routes || barrier || dns || settings || device;
    }
    friend bool operator==(const BlockDamage &, const BlockDamage &) = default;
};

struct BlockPolicy
{
    /// RFC 1918, link-local and unique-local destinations are let out directly, and the multicast
    /// of the local link by which printers and players are found; port 53 never.
    bool allowLan = false;
    /// Sockets that processes of this group opened leave directly, but for port 53. None: nobody's.
    std::optional<std::uint32_t> excludeGid;

    friend bool operator==(const BlockPolicy &, const BlockPolicy &) = default;
};

struct TunnelRoutes
{
    std::vector<InterfaceAddress> addresses; ///< ours in the tunnel; a missing family goes nowhere
    std::vector<IpAddress> dnsServers;       ///< empty: DNS settings stay as they are
    std::vector<IpAddress> gateways; ///< hosts inside the tunnel even where the LAN is let out

    friend bool operator==(const TunnelRoutes &, const TunnelRoutes &) = default;
};

struct LeakReceipt;

/// What became of a machine whose line is open again.
struct Restoration
{
    std::string left; ///< what could not be put back, and why; empty: all was
    std::string file; ///< why the state file is still there, which does no harm; empty: it is not
};

/// The states are: untouched, blocked, blocked with the tunnel up. Every change is written to the
/// state file before it is made, so that a kill -9 at any moment can be undone by restoreOffline()
/// or taken over by the next instance, whose constructor reads that file. All calls are synchronous
/// (some milliseconds), on one thread, and may be repeated. Errors name the program and its words.
class ClientNetwork
{
public:
    explicit ClientNetwork(ClientNetworkOptions options);
    ~ClientNetwork();
    ClientNetwork(const ClientNetwork &) = delete;
    ClientNetwork &operator=(const ClientNetwork &) = delete;

    /// There are three barriers: rules of nftables, a way to nowhere for all that is not marked,
    /// and filters at the network cards, which judge also what is sent past all routes. The others
    /// stand when somebody flushes the rules. Rules come first, and go last. From the return of
    /// this call on, nothing leaves but loopback, the tunnel interface (which need not exist yet),
    /// sockets with our mark, DHCP and NDP, and LAN and programs where allowed. An existing block
    /// is replaced atomically, also while the tunnel is up. It outlives this object and this
    /// process.
    Result<void> block(const BlockPolicy &policy);

    /// Everything that is not marked goes into the tunnel, or nowhere, by rules and a table of our
    /// own; DNS goes to the tunnel's servers: by the machine's own setting, and questions of
    /// programs that ask elsewhere are redirected there. Needs block() before, and the interface
    /// with its addresses. When it fails, what was done is taken down again and the block stays.
    Result<void> bringUp(const TunnelRoutes &routes);

    /// DNS as before bringUp(), and no way into the tunnel; the block stays, with both barriers.
    Result<void> takeDown();

    /// Questions for names that are bound to one of these interfaces go there, while the tunnel has
    /// resolvers of the family. Other places than before, if any, are exchanged in the rules.
    Result<void> setNameRelays(std::vector<NameRelayPlace> places);
    /// Whom they have to ask: the tunnel's resolvers that it carries to, while it is up.
    [[nodiscard]] std::vector<IpAddress> nameServers() const;
    [[nodiscard]] TunnelResolvers tunnelResolvers() const;

    /// Asks the kernel whether the block, and the tunnel's routes and DNS, are what this object
    /// made, and puts back what is not, the rules first. For whenever somebody has changed the
    /// machine's network. The error says what could not be put back.
    Result<BlockDamage> verify();

    /// Everything as it was before the first call, the block last. What cannot be undone keeps the
    /// rest from nothing; the error says that the block still stands, as the kernel has it.
    Result<Restoration> restore();
    /// The line is open, and something waits for another restore(), which may succeed.
    [[nodiscard]] bool hasLeftovers() const;

    /// A block was made and not taken away: ours, or one that a previous instance left.
    [[nodiscard]] bool isBlocked() const;
    /// And the kernel has one of its barriers at this moment.
    [[nodiscard]] bool stands() const;
    /// No event tells of most of the kernel's settings: to be asked from time to time, at the cost
    /// of reading some files. False: verify().
    [[nodiscard]] bool settingsStand() const;
    /// What left outside so far is written down. False, as above.
    [[nodiscard]] bool lookAtLeaks();
    /// False once the kernel refused to translate addresses: excludeGid has no effect then.
    [[nodiscard]] bool canTranslate() const;
    /// What the last call saw: also guests that neither block nor tunnel is for, and interfaces to
    /// which sockets may be bound that ask for names.
    [[nodiscard]] const ClientSurroundings &surroundings() const;
    /// "eth0: why", for network cards that have no filter; none while nothing is blocked.
    [[nodiscard]] const std::vector<std::string> &unguarded() const;
    /// Of the block that stands, or of the last one. nullopt: there was none, or nothing counts.
    [[nodiscard]] std::optional<LeakReceipt> leakReceipt() const;
    /// The last bringUp() failed because names could not be sent into the tunnel.
    [[nodiscard]] bool dnsFailed() const;

    /// restore() for whatever an instance with this state directory left behind, without knowing
    /// its options; also removes its tunnel interface, and the one named here. No daemon may be
    /// running. Without a state file all that is known of is removed all the same.
    static Result<Restoration> restoreOffline(const std::string &stateDir,
                                              const std::string &interfaceName = {});

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs
