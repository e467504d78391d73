// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/api_connection.h"

#include "shared/crypto/keys.h"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace higgs {

namespace {

/// More questions than a sane caller ever has open at once; beyond it they are refused.
constexpr std::size_t MaxWaiting = 256;

bool worthRetrying(ErrorCode code)
{
    return code == ErrorCode::Network || code == ErrorCode::Timeout ||
           code == ErrorCode::Unavailable;
}

} // namespace

ApiConnection::ApiConnection(EpollSet &epoll, ApiClientOptions options)
    : m_epoll(epoll), m_options(std::move(options))
{
    m_attemptTimer.setSingleShot(true);
    m_retryTimer.setSingleShot(true);
    connect(&m_attemptTimer, &QTimer::timeout, this, [this] {
        dropStream();
        attemptFailed({ErrorCode::Timeout, "the server did not answer in time"});
    });
    connect(&m_retryTimer, &QTimer::timeout, this, &ApiConnection::advance);
}

void ApiConnection::setAddresses(std::vector<IpAddress> addresses)
{
    m_options.addresses = std::move(addresses);
}

void ApiConnection::send(ApiRequest request, ApiAnswer answer)
{
    if (m_jobs.size() >= MaxWaiting) {
        QMetaObject::invokeMethod(
            this,
            [answer = std::move(answer)] {
                answer(unexpected(ErrorCode::TooLarge, "too many questions at once"));
            },
            Qt::QueuedConnection);
        return;
    }
    m_jobs.push_back({std::move(request), std::move(answer), monotonicNow() + m_options.deadline});
    QMetaObject::invokeMethod(this, &ApiConnection::advance, Qt::QueuedConnection);
}

void ApiConnection::advance()
{
    if (m_busy || m_jobs.empty() || m_retryTimer.isActive())
        return;
    m_busy = true;
    m_jobs.front().sent = false;
    m_parser = std::make_unique<HttpResponseParser>();
    const auto left = std::chrono::ceil<Milliseconds>(m_jobs.front().deadline - monotonicNow());
    m_attemptTimer.start(std::clamp(left, Milliseconds(1), ApiAttemptTimeout));
    m_reused = m_stream && m_stream->isReady();
    if (m_reused)
        write();
    else
        dial();
}

void ApiConnection::dial()
{
    dropStream();
    if (!m_context) {
        Result<TlsContext> context = TlsContext::client(m_options.trust);
        if (!context) {
            attemptFailed(context.error());
            return;
        }
        m_context.emplace(std::move(*context));
    }
    TlsConnectOptions options;
    options.addresses = m_options.addresses;
    options.port = m_options.port;
    options.serverName = m_options.host;
    options.mark = m_options.mark;
    options.timeout = ApiAttemptTimeout;
    TlsStreamClient &self = *this;
    m_stream = std::make_unique<TlsStream>(m_epoll, *m_context, options, self);
}

void ApiConnection::write()
{
    Job &job = m_jobs.front();
    const Result<std::string> text = formatApiRequest(job.request, m_options.host, m_options.port);
    if (!text) {
        answer(unexpected(text.error()));
        return;
    }
    job.sent = true;
    if (!m_stream->write(asBytes(*text))) {
        dropStream();
        attemptFailed({ErrorCode::Network, "the connection takes nothing more"});
    }
}

void ApiConnection::streamReady()
{
    if (m_busy)
        write();
}

void ApiConnection::streamReceived(MutableByteSpan data)
{
    if (!m_busy) {
        dropStream(); // an answer to no question
        return;
    }
    const Result<bool> whole = m_parser->feed(data);
    if (!whole) {
        dropStream();
        answer(unexpected(whole.error()));
        return;
    }
    if (!*whole)
        return;
    HttpResponse response = m_parser->take();
    if (!response.keepAlive)
        dropStream();
    answer(std::move(response));
}

void ApiConnection::streamClosed(const std::optional<Error> &error)
{
    m_stream.reset();
    if (!m_busy)
        return;
    if (m_parser->begun()) {
        const Result<bool> whole = m_parser->finish();
        if (whole && *whole) {
            answer(m_parser->take());
            return;
        }
    }
    attemptFailed(error.value_or(Error{ErrorCode::Network, "the server closed the connection"}));
}

void ApiConnection::attemptFailed(const Error &error)
{
    Job &job = m_jobs.front();
    const bool mayRepeat = worthRetrying(error.code) && (job.request.repeatable || !job.sent);
    // A kept connection may have died while it was idle: that costs no wait.
    const Milliseconds wait = m_reused ? Milliseconds(0) : job.backoff.next(randomUnit());
    if (!mayRepeat || monotonicNow() + wait >= job.deadline) {
        answer(unexpected(error));
        return;
    }
    m_busy = false;
    m_attemptTimer.stop();
    m_retryTimer.start(wait);
}

void ApiConnection::answer(Result<HttpResponse> result)
{
    m_busy = false;
    m_attemptTimer.stop();
    if (result)
        measure();
    Job job = std::move(m_jobs.front());
    m_jobs.pop_front();
    // The receiver may ask again or delete us, so it is told from the event loop, with nothing of
    // ours on the stack.
    auto shared = std::make_shared<Result<HttpResponse>>(std::move(result));
    QMetaObject::invokeMethod(
        this,
        [this, shared, tell = std::move(job.answer)] {
            advance();
            tell(std::move(*shared));
        },
        Qt::QueuedConnection);
}

void ApiConnection::measure()
{
    tcp_info info{};
    socklen_t size = sizeof(info);
    if (!m_stream || ::getsockopt(m_stream->fd(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        info.tcpi_rtt == 0)
        return;
    constexpr double MicrosecondsPerMillisecond = 1000;
    m_roundTripMs = info.tcpi_rtt / MicrosecondsPerMillisecond;
}

void ApiConnection::dropStream()
{
    m_stream.reset();
}

} // namespace higgs
