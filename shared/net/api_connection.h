// SPDX-License-Identifier: GPL-3.0-or-later
// The line of requests behind ApiClient: one after the other over one kept TLS connection, each
// with its deadline and its retries.
#pragma once

#include "shared/base/backoff.h"
#include "shared/net/api_client.h"
#include "shared/net/api_request.h"
#include "shared/net/http_response.h"
#include "shared/net/known_fleet.h"
#include "shared/net/tls_stream.h"

#include <QTimer>
#include <deque>
#include <functional>

namespace higgs {

/// Without an answer: the Error. Called once for each request, from the event loop; never when the
/// connection object dies first.
using ApiAnswer = std::function<void(Result<HttpResponse>)>;

/// Lives on the thread of its EpollSet.
class ApiConnection : public QObject, private TlsStreamClient
{
    Q_OBJECT

public:
    ApiConnection(EpollSet &epoll, ApiClientOptions options);

    void setAddresses(std::vector<IpAddress> addresses);
    void send(ApiRequest request, ApiAnswer answer);
    void renew();
    [[nodiscard]] std::optional<double> roundTripMs() const { return m_roundTripMs; }

private:
    struct Job
    {
        ApiRequest request;
        ApiAnswer answer;
        Monotonic deadline;
        Backoff backoff{ApiRetryBase, ApiRetryCap};
        bool sent = false;                     ///< in this attempt
        std::vector<IpAddress> strangers = {}; ///< who are not the server
    };

    void streamReady() override;
    void streamReceived(MutableByteSpan data) override;
    void streamClosed(const std::optional<Error> &error) override;

    void advance();
    void dial();
    void write();
    /// `peer`: to which the attempt had come; null when to none.
    void attemptFailed(const Error &error, const IpAddress &peer = {});
    /// Whether an address is left that this question did not find a stranger at; then it is next.
    bool turnFrom(const IpAddress &stranger);
    [[nodiscard]] bool hasAnother() const;
    /// The server cannot help at the moment, and another one may: the question goes there.
    bool takenElsewhere(const HttpResponse &response);
    [[nodiscard]] Milliseconds phaseTime() const;
    void answer(Result<HttpResponse> result);
    void dropStream();
    void measure();

    EpollSet &m_epoll;
    ApiClientOptions m_options;
    ServerPlace m_at; ///< where the connection leads, or will
    std::optional<TlsContext> m_context;
    std::unique_ptr<TlsStream> m_stream;
    std::unique_ptr<HttpResponseParser> m_parser;
    std::deque<Job> m_jobs;
    bool m_busy = false;   ///< the first job is on its way
    bool m_reused = false; ///< ... over a connection that had served before
    std::optional<double> m_roundTripMs;
    /// For each phase of an attempt: the connection with its handshake, and the answer.
    Milliseconds m_patience = ApiAttemptTimeout;
    Monotonic m_dialed{};
    QTimer m_attemptTimer;
    QTimer m_retryTimer;
};

} // namespace higgs
