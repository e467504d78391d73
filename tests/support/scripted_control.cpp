// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scripted_control.h"

namespace higgs::test {

using control::Json;

ScriptedControl::ScriptedControl(std::string socket, Json status)
    : m_socket(std::move(socket)), m_status(std::move(status))
{}

std::string ScriptedControl::path() const
{
    return m_dir.path().toStdString() + '/' + m_socket;
}

void ScriptedControl::start()
{
    m_server = std::make_unique<control::ControlServer>();
    addMethod("status", [this](const Json &) { return Result<Json>(m_status); });
    addMethod("subscribe", [this](const Json &) { return Result<Json>(m_status); });
    addMethods();
    if (!m_server->listen(path()))
        qFatal("the scripted daemon cannot listen");
}

void ScriptedControl::stop()
{
    m_open.clear();
    m_server.reset();
}

void ScriptedControl::addMethod(const std::string &name, Answer own)
{
    m_server->addMethod(name, [this, name, own = std::move(own)](control::ControlCall call) {
        m_requests.push_back({name, call.params()});
        if (m_leftOpen.contains(name)) {
            m_open.push_back(std::move(call));
            return;
        }
        if (name == "subscribe")
            call.subscribe();
        const auto told = m_answers.find(name);
        const bool isTold = told != m_answers.end() && told->second;
        call.answer(isTold ? told->second(call.params()) : own(call.params()));
    });
}

void ScriptedControl::refuse(const std::string &method, ErrorCode code, const std::string &sentence)
{
    answer(method,
           [code, sentence](const Json &) { return Result<Json>(unexpected(code, sentence)); });
}

void ScriptedControl::tell()
{
    if (m_server != nullptr)
        m_server->notifySubscribers("status", m_status);
}

Json ScriptedControl::last(const std::string &method) const
{
    for (auto each = m_requests.rbegin(); each != m_requests.rend(); ++each) {
        if (each->method == method)
            return each->params;
    }
    return nullptr;
}

std::size_t ScriptedControl::count(const std::string &method) const
{
    std::size_t number = 0;
    for (const Request &each : m_requests)
        number += each.method == method ? 1 : 0;
    return number;
}

} // namespace higgs::test
