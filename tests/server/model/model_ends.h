// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes and clients of a model, as they behave: they come back where they were, then elsewhere,
// and believe what they are told.
#pragma once

#include "tests/server/model/model_server.h"

namespace higgs::model {

class Ends : public EndsOutside
{
public:
    static constexpr unsigned Nodes = 2;
    static constexpr unsigned Clients = 4;

    /// Which servers there are; null: dead. And what becomes of a client that was refused.
    struct Scene
    {
        std::function<ModelServer *(unsigned)> server;
        unsigned servers = 3;
        std::function<void(const SessionId &)> lost;   ///< it was told that there is none
        std::function<void(const SessionId &)> opened; ///< it was told that it is there
        std::function<void(const SessionId &)> left;   ///< it has ended it
    };

    Ends(World &world, Scene scene);

    static NodeId nodeId(unsigned number);
    /// Connections to this server do not come about, and those that stand break.
    void cut(unsigned server, bool isCut);
    void serverDied(unsigned server);
    /// Nobody opens and nobody ends from now on.
    void settleDown() { m_settled = true; }

    /// Of what each end believes at this moment.
    [[nodiscard]] bool isCarried(const SessionId &session) const;
    /// How many servers have a connection of each end that the end has, too.
    [[nodiscard]] unsigned liveAt(const SessionId &session) const;
    struct Held
    {
        SessionId session;
        bool carried = false;
        unsigned server = 0; ///< that the client is on, or tries
        NodeId node;
        std::string address;
    };
    [[nodiscard]] std::vector<Held> held() const; ///< by clients
    [[nodiscard]] std::vector<SessionId> heldByNodes() const;
    /// For who looks at a fault: where each end is.
    [[nodiscard]] std::string describe(const SessionId &session) const;

    void legClosed(ConnectionId leg, std::uint16_t code) override;
    void linkSays(ConnectionId link, const std::shared_ptr<protocol::SignalMessage> &said) override;
    void linkClosed(ConnectionId link) override;

private:
    /// An end's connection to a relay.
    struct Leg
    {
        SessionId session;
        Role role = Role::Client;
        unsigned who = 0; ///< number of node or client
        unsigned server = 0;
    };
    struct Guest
    {
        unsigned server = 0; ///< where it is told to be
        std::string address;
        ConnectionId leg = 0;
    };
    struct NodeEnd
    {
        ConnectionId link = 0;
        unsigned linkServer = 0;
        std::map<SessionId, Guest> guests;
    };
    struct ClientEnd
    {
        bool busy = false; ///< waits for an answer, or pauses
        SessionId session;
        std::string token;
        NodeId node;
        unsigned server = 0;
        unsigned triesLeft = 0; ///< there, before another one is asked
        ConnectionId leg = 0;
    };

    [[nodiscard]] bool reaches(unsigned server) const;
    unsigned anyServer();
    void nodeLives(unsigned who);
    void nodeLinks(unsigned who);
    void hear(unsigned who, const protocol::SignalMessage &said);
    void take(unsigned who, const SessionId &session, const protocol::SessionConnect &told);
    void nodeDials(unsigned who, const SessionId &session);
    void clientAsks(unsigned who);
    void clientDials(unsigned who);
    void clientAgain(unsigned who);
    void clientRenews(unsigned who, const SessionId &session);
    void clientLeaves(unsigned who, const SessionId &session);
    void forget(ClientEnd &client);
    ConnectionId dial(const SessionId &session, Role role, unsigned who, unsigned server);
    void drop(ConnectionId leg);
    void breakLeg(ConnectionId leg);
    void closed(ConnectionId leg, std::uint16_t code);
    void toServer(unsigned server, Milliseconds delay, std::function<void(ModelServer &)> what);

    World &m_world;
    Scene m_scene;
    bool m_settled = false;
    std::set<unsigned> m_cut;
    ConnectionId m_last = 0;
    std::map<ConnectionId, Leg> m_legs;
    std::map<ConnectionId, std::pair<unsigned, unsigned>> m_links; ///< node, server
    std::map<unsigned, NodeEnd> m_nodes;
    std::map<unsigned, ClientEnd> m_clients;
};

} // namespace higgs::model
