// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/api_connection.h"

#include "shared/crypto/keys.h"
#include "shared/protocol/error_body.h"

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
    : m_epoll(epoll), m_options(std::move(options)), m_at{m_options.host, m_options.port}
{
    m_attemptTimer.setSingleShot(true);
    m_retryTimer.setSingleShot(true);
    connect(&m_attemptTimer, &QTimer::timeout, this, [this] {
        const IpAddress peer = m_stream ? m_stream->peer().address : IpAddress();
        dropStream();
        m_patience = std::min(m_patience * 2, ApiLongestPatience);
        attemptFailed({ErrorCode::Timeout, "the server did not answer in time"}, peer);
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
    m_jobs.push_back({std::move(request), std::move(answer),
                      monotonicNow() + m_options.deadline * (m_patience / ApiAttemptTimeout)});
    QMetaObject::invokeMethod(this, &ApiConnection::advance, Qt::QueuedConnection);
}

void ApiConnection::renew()
{
    if (m_stream == nullptr)
        return;
    const bool waits = m_busy && m_stream->isReady();
    if (m_busy && !waits)
        return; // it is being made: the attempt has its own patience
    dropStream();
    if (!waits)
        return;
    m_reused = true; // nobody's fault
    attemptFailed({ErrorCode::Network, "the connection is of before a sleep"});
}

void ApiConnection::advance()
{
    if (m_busy || m_jobs.empty() || m_retryTimer.isActive())
        return;
    m_busy = true;
    m_jobs.front().sent = false;
    m_parser = std::make_unique<HttpResponseParser>();
    m_attemptTimer.start(phaseTime());
    m_reused = m_stream && m_stream->isReady();
    if (m_reused)
        write();
    else
        dial();
}

Milliseconds ApiConnection::phaseTime() const
{
    const auto left = std::chrono::ceil<Milliseconds>(m_jobs.front().deadline - monotonicNow());
    // Beside one that may be dead without a word, another has to have its turn.
    return std::clamp(left, Milliseconds(1), hasAnother() ? m_patience / 2 : m_patience);
}

bool ApiConnection::hasAnother() const
{
    return m_options.fleet != nullptr && m_options.fleet->hasAnother(m_at);
}

void ApiConnection::dial()
{
    dropStream();
    m_dialed = monotonicNow();
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
    if (m_options.fleet != nullptr) {
        m_at = m_options.fleet->choose(m_at);
        if (m_at != ServerPlace{m_options.host, m_options.port})
            options.addresses = m_options.fleet->addressesOf(m_at);
    }
    options.port = m_at.port;
    options.serverName = m_at.host;
    options.mark = m_options.mark;
    options.timeout = m_patience;
    TlsStreamClient &self = *this;
    m_stream = std::make_unique<TlsStream>(m_epoll, *m_context, options, self);
}

void ApiConnection::write()
{
    Job &job = m_jobs.front();
    const Result<std::string> text = formatApiRequest(job.request, m_at.host, m_at.port);
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
    // Connection and handshake are two round trips: patience follows the line as it is.
    const auto took = std::chrono::ceil<Milliseconds>(monotonicNow() - m_dialed);
    m_patience = std::clamp(took * 3, ApiAttemptTimeout, ApiLongestPatience);
    if (m_options.proven)
        m_options.proven(m_at.host, m_stream->peer().address);
    if (m_options.fleet != nullptr)
        m_options.fleet->stood(m_at);
    if (!m_busy)
        return;
    m_attemptTimer.start(phaseTime());
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
    if (takenElsewhere(response))
        return;
    answer(std::move(response));
}

void ApiConnection::streamClosed(const std::optional<Error> &error)
{
    const IpAddress peer = m_stream ? m_stream->peer().address : IpAddress();
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
    if (error && error->code == ErrorCode::Timeout)
        m_patience = std::min(m_patience * 2, ApiLongestPatience);
    attemptFailed(error.value_or(Error{ErrorCode::Network, "the server closed the connection"}),
                  peer);
}

bool ApiConnection::takenElsewhere(const HttpResponse &response)
{
    constexpr int ServiceUnavailable = 503;
    if (response.status != ServiceUnavailable || !hasAnother())
        return false;
    const auto json = protocol::parseJson(response.body);
    const auto body = json ? protocol::decodeErrorBody(*json)
                           : Result<protocol::ErrorBody>(unexpected(json.error()));
    if (!body || body->code != "unavailable")
        return false;
    // Who is told so finds nothing done (WIRE.md): it may be asked again.
    m_jobs.front().sent = false;
    m_reused = false;
    dropStream();
    attemptFailed({ErrorCode::Unavailable, "the server is not to be had at the moment"});
    return true;
}

bool ApiConnection::turnFrom(const IpAddress &stranger)
{
    std::vector<IpAddress> &strangers = m_jobs.front().strangers;
    strangers.push_back(stranger);
    return std::any_of(m_options.addresses.begin(), m_options.addresses.end(),
                       [&strangers](const IpAddress &each) {
                           return std::find(strangers.begin(), strangers.end(), each) ==
                                  strangers.end();
                       });
}

void ApiConnection::attemptFailed(const Error &error, const IpAddress &peer)
{
    Job &job = m_jobs.front();
    // Who was reached and did not do is asked last from now on.
    std::vector<IpAddress> &addresses = m_options.addresses;
    const auto at = std::find(addresses.begin(), addresses.end(), peer);
    if (at != addresses.end())
        std::rotate(at, at + 1, addresses.end());
    const bool stranger =
        error.code == ErrorCode::Untrusted || error.code == ErrorCode::NotValidNow;
    // A kept connection may have ended by itself while it was idle.
    if (m_options.fleet != nullptr && (!m_reused || error.code == ErrorCode::Timeout))
        m_options.fleet->failed(m_at);
    const bool another = hasAnother();
    const bool elsewhere = another || (stranger && at != addresses.end() && turnFrom(peer));
    const bool mayRepeat =
        (worthRetrying(error.code) || elsewhere) && (job.request.repeatable || !job.sent);
    // Nobody is stormed by who goes elsewhere, or finds a kept connection dead.
    const Milliseconds wait =
        m_reused || another ? Milliseconds(0) : job.backoff.next(randomUnit());
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
