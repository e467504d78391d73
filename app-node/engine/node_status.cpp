// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/node_status.h"

namespace higgs::node {

std::string_view toString(NodeState state)
{
    switch (state) {
    case NodeState::Off:
        return "off";
    case NodeState::Starting:
        return "starting";
    case NodeState::Sharing:
        return "sharing";
    case NodeState::Limited:
        return "limited";
    case NodeState::Problem:
        return "problem";
    }
    return "problem";
}

std::string_view toString(NodeProblem problem)
{
    switch (problem) {
    case NodeProblem::None:
        return "none";
    case NodeProblem::ServerUnreachable:
        return "server_unreachable";
    case NodeProblem::ServerUntrusted:
        return "server_untrusted";
    case NodeProblem::CertificateDates:
        return "certificate_dates";
    case NodeProblem::AccessDenied:
        return "access_denied";
    case NodeProblem::AlreadyRegistered:
        return "already_registered";
    case NodeProblem::PendingApproval:
        return "pending_approval";
    case NodeProblem::ServerRefused:
        return "server_refused";
    case NodeProblem::NoPermission:
        return "no_permission";
    case NodeProblem::TunnelFailed:
        return "tunnel_failed";
    case NodeProblem::ExitFailed:
        return "exit_failed";
    case NodeProblem::ExitUnsafe:
        return "exit_unsafe";
    case NodeProblem::NoServer:
        return "no_server";
    }
    return "server_refused";
}

std::string_view toString(NeighbourState state)
{
    switch (state) {
    case NeighbourState::Off:
        return "off";
    case NeighbourState::Idle:
        return "idle";
    case NeighbourState::Yielding:
        return "yielding";
    case NeighbourState::Unavailable:
        return "unavailable";
    }
    return "off";
}

} // namespace higgs::node
