// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/relay_member.h"

namespace higgs {

namespace {

/// The server's word (WIRE.md, Relay).
constexpr std::string_view Replaced = "Replaced";

PathClose judge(const RelayClose &close)
{
    PathClose judged{PathEnd::Broke, close.error ? close.error->detail : close.reason};
    if (close.error && close.error->code == ErrorCode::Untrusted)
        judged.end = PathEnd::Untrusted;
    else if (close.error && close.error->code == ErrorCode::NotValidNow)
        judged.end = PathEnd::NotValidNow;
    else if (close.code == protocol::ws_close::Normal && close.reason == Replaced)
        judged.end = PathEnd::Replaced;
    else if (close.code == protocol::ws_close::PolicyViolation ||
             close.code == protocol::ws_close::Normal)
        judged.end = PathEnd::SessionOver;
    return judged;
}

} // namespace

PathMaker relayMembers(EpollSet &epoll, RelayMemberOptions options)
{
    return [&epoll, options = std::move(options)](const std::string &host,
                                                  std::vector<CheckedEndpoint> endpoints) {
        RelayPathOptions relay;
        relay.host = host;
        relay.endpoints = std::move(endpoints);
        relay.trust = options.trust;
        relay.token = options.token();
        relay.sessionId = options.sessionId;
        relay.direction = options.direction;
        relay.mark = options.mark;
        relay.quiet = options.quiet;
        // A client asks through the tunnel every two seconds, so that a node hears of it.
        relay.quietAfterOwn = options.direction == protocol::Direction::ClientToNode;
        return std::make_unique<RelayMember>(epoll, std::move(relay));
    };
}

RelayMember::RelayMember(EpollSet &epoll, RelayPathOptions options)
    : m_relay(epoll, std::move(options))
{
    connect(&m_relay, &RelayPath::quiet, this, &Path::quiet);
    connect(&m_relay, &RelayPath::silent, this, &Path::silent);
    connect(&m_relay, &RelayPath::opened, this, [this] { enter(PathPhase::Open); });
    connect(&m_relay, &RelayPath::peerLost, this, [this] {
        if (m_phase == PathPhase::Open)
            enter(PathPhase::Quiet);
    });
    connect(&m_relay, &RelayPath::peerBack, this, [this] {
        if (m_phase == PathPhase::Quiet)
            enter(PathPhase::Open);
    });
    connect(&m_relay, &RelayPath::messageReceived, this,
            [this](const protocol::RelayMessage &message) {
                const auto *control = std::get_if<protocol::RelayControl>(&message.payload);
                if (control == nullptr)
                    return;
                if (control->action == protocol::ControlAction::Disconnect)
                    close();
                else if (control->action == protocol::ControlAction::Candidates)
                    Q_EMIT told(*control);
            });
    connect(&m_relay, &RelayPath::closed, this,
            [this](const RelayClose &how) { enter(PathPhase::Closed, judge(how)); });
}

void RelayMember::enter(PathPhase phase, PathClose close)
{
    m_phase = phase;
    Q_EMIT changed({phase, std::move(close)});
}

} // namespace higgs
