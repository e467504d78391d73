// SPDX-License-Identifier: GPL-3.0-or-later
// A daemon that plays what a test tells it, on a real control socket: what the daemons of both
// windows' tests have in common.
#pragma once

#include "shared/control/control_server.h"

#include <QTemporaryDir>
#include <set>

namespace higgs::test {

/// Lives on one thread with an event loop. `status` and `subscribe` answer status().
class ScriptedControl
{
public:
    using Json = control::Json;
    using Answer = std::function<Result<Json>(const Json &params)>;
    struct Request
    {
        std::string method;
        Json params;
    };

    virtual ~ScriptedControl() = default;

    [[nodiscard]] std::string path() const;
    void start();
    /// Goes away, as after a kill: the socket's file too.
    void stop();

    /// The status as it stands; tell() after changing it.
    Json &status() { return m_status; }
    void tell();

    /// From now on this method is answered so; an Answer of {} is the daemon's own again.
    void answer(const std::string &method, Answer answer) { m_answers[method] = std::move(answer); }
    void refuse(const std::string &method, ErrorCode code, const std::string &sentence);
    /// Requests of this method are left open.
    void leaveOpen(const std::string &method) { m_leftOpen.insert(method); }

    [[nodiscard]] const std::vector<Request> &requests() const { return m_requests; }
    /// The parameters of the last request of this method; null if there was none.
    [[nodiscard]] Json last(const std::string &method) const;
    [[nodiscard]] std::size_t count(const std::string &method) const;
    void forgetRequests() { m_requests.clear(); }

protected:
    ScriptedControl(std::string socket, Json status);

    virtual void addMethods() = 0;
    void addMethod(const std::string &name, Answer own);

private:
    std::string m_socket;
    QTemporaryDir m_dir;
    std::unique_ptr<control::ControlServer> m_server;
    Json m_status;
    std::map<std::string, Answer> m_answers;
    std::set<std::string> m_leftOpen;
    std::vector<control::ControlCall> m_open;
    std::vector<Request> m_requests;
};

} // namespace higgs::test
