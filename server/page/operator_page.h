// SPDX-License-Identifier: GPL-3.0-or-later
// The operator's page at /admin: who may see it, what is asked of the admin verbs for it, and what
// its forms have done. Off while there is no token.
#pragma once

#include "server/admin/admin_verbs.h"
#include "server/api/api_core.h"
#include "server/page/signed_in.h"
#include "server/page/views.h"

#include <QTimer>

namespace higgs::server {

/// On the control thread.
class OperatorPage : public QObject
{
    Q_OBJECT

public:
    /// Does a verb, and has it noted as the page's.
    using Perform =
        std::function<void(std::string_view verb, const protocol::Json &params, AdminReply reply)>;
    /// Bytes that were relayed since the start: to nodes, to clients.
    using Relayed = std::function<std::pair<std::uint64_t, std::uint64_t>()>;

    static constexpr Milliseconds SampleInterval = Seconds(5);
    static constexpr std::size_t MostSamples = 60;

    OperatorPage(ApiCore &core, Perform perform, Relayed relayed);

    /// An empty one turns the page off. Whoever is signed in by another is signed out.
    void setToken(SecretText token);
    [[nodiscard]] bool isOn() const { return !m_token.empty(); }

    /// Answers what the router found for a path at or below /admin.
    void serve(const ExchangePtr &exchange);

private:
    void show(const ExchangePtr &exchange, const Viewer &viewer);
    void showKeys(const ExchangePtr &exchange, const Viewer &viewer, const std::string &made);
    void signIn(const ExchangePtr &exchange);
    void act(const ExchangePtr &exchange);
    void addKey(const ExchangePtr &exchange, const Viewer &viewer);
    void sample();

    [[nodiscard]] std::optional<Viewer> viewerOf(const ExchangePtr &exchange);
    void finish(const ExchangePtr &exchange, std::string document, int status = 200);
    void redirect(const ExchangePtr &exchange, std::string_view place,
                  const std::string &cookie = {});

    ApiCore &m_core;
    Perform m_perform;
    Relayed m_relayed;
    SecretText m_token;
    SignedIn m_signedIn;
    FlowHistory m_flows;
    std::pair<std::uint64_t, std::uint64_t> m_relayedBefore;
    Monotonic m_sampledAt;
    QTimer m_samples;
};

} // namespace higgs::server
