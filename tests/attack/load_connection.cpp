// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/load_connection.h"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <unistd.h>

namespace higgs::attack {

namespace {

constexpr std::size_t RecordSize = 16384;
// More than half a second of a server's work, gathered before it leaves.
constexpr std::size_t KeyUpdatesAtOnce = 20000;
constexpr std::string_view UuidPlace = "UUUUUUUU-UUUU-4UUU-8UUU-UUUUUUUUUUUU";
const std::string KeyPlace = std::string(43, 'K') + '=';

/// Replaces each of `place` by a text of the same form: letters from `alphabet` for each `letter`.
void fill(std::string &text, std::string_view place, char letter, std::string_view alphabet)
{
    static std::minstd_rand random(std::random_device{}());
    for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
        for (std::size_t i = 0; i < place.size(); ++i, ++at) {
            if (place[i] == letter)
                text[at] = alphabet[random() % alphabet.size()];
        }
    }
}

std::string filled(std::string text)
{
    fill(text, UuidPlace, 'U', "0123456789abcdef");
    const std::size_t key = text.find(KeyPlace);
    if (key != std::string::npos) {
        fill(text, std::string_view(KeyPlace).substr(0, 42), 'K',
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        text[key + 42] = 'A'; // its last two bits are no part of the key
    }
    return text;
}

} // namespace

LoadConnection::LoadConnection(const Plan &plan, const Script &script, Outcome &outcome,
                               SSL_CTX *context, int fd)
    : m_plan(plan), m_script(script), m_outcome(outcome), m_fd(fd)
{
    if (plan.mode == Mode::Hello || plan.mode == Mode::Silent)
        return;
    m_ssl = SSL_new(context);
    SSL_set_bio(m_ssl, BIO_new_socket(fd, BIO_NOCLOSE), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(m_ssl);
}

LoadConnection::~LoadConnection()
{
    SSL_free(m_ssl);
    // A reset leaves nothing in TIME_WAIT: the attacker does not run out of ports.
    const linger reset{1, 0};
    setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(m_fd);
}

void LoadConnection::ready()
{
    if (m_state == State::Connecting) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(m_fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error != 0)
            return over(true);
        if (m_ssl == nullptr)
            opened();
        else
            m_state = State::Handshaking;
    }
    if (m_state == State::Handshaking)
        handshake();
    if (m_state == State::Open && (!m_answered || (m_plan.reads && m_plan.sip == 0)))
        read();
    if (m_state != State::Over)
        flush();
}

void LoadConnection::opened()
{
    m_state = State::Open;
    ++m_outcome.opened;
}

void LoadConnection::handshake()
{
    const int done = SSL_connect(m_ssl);
    takeRecords();
    if (done == 1) {
        opened();
        if (!m_script.head.empty())
            say(filled(m_script.head));
        m_answered = m_script.head.empty() || !m_plan.waits;
        takeRecords();
    } else if (SSL_get_error(m_ssl, done) != SSL_ERROR_WANT_READ) {
        over(true);
    }
}

void LoadConnection::sip()
{
    const std::chrono::duration<double> past = std::chrono::steady_clock::now() - m_begin;
    if (m_state == State::Open && m_answered && m_sips < m_plan.sip * past.count())
        read();
}

bool LoadConnection::isHungry() const
{
    if (m_plan.mode == Mode::Silent || (m_plan.mode == Mode::Stream && m_script.body.empty()))
        return false;
    return m_state == State::Open && m_sent == m_out.size() &&
           m_answered == (m_plan.mode != Mode::Hello) &&
           (m_plan.bodies == 0 || m_bodies < m_plan.bodies);
}

std::size_t LoadConnection::feed()
{
    std::size_t units = 1;
    if (m_plan.mode == Mode::Hello) {
        m_out = m_script.body;
        m_sent = 0;
        m_answered = true; // said; not hungry any more
    } else if (m_plan.mode == Mode::KeyUpdate) {
        for (units = 0; units < KeyUpdatesAtOnce; ++units) {
            SSL_key_update(m_ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
            if (SSL_do_handshake(m_ssl) != 1)
                break;
        }
    } else {
        say(filled(m_script.body));
    }
    ++m_bodies;
    m_outcome.units += units;
    takeRecords();
    if (m_plan.cuts && m_bodies == m_plan.bodies && !m_out.empty())
        m_out.pop_back();
    flush();
    return units;
}

void LoadConnection::say(const std::string &text)
{
    const std::size_t record = m_plan.record == 0 ? RecordSize : m_plan.record;
    for (std::size_t at = 0; at < text.size(); at += record) {
        const std::size_t size = std::min(record, text.size() - at);
        SSL_write(m_ssl, text.data() + at, static_cast<int>(size));
    }
}

void LoadConnection::takeRecords()
{
    if (m_ssl == nullptr)
        return;
    BIO *records = SSL_get_wbio(m_ssl);
    char *bytes = nullptr;
    const long size = BIO_get_mem_data(records, &bytes);
    if (size <= 0)
        return;
    if (m_sent == m_out.size()) {
        m_out.clear();
        m_sent = 0;
    }
    m_out.append(bytes, static_cast<std::size_t>(size));
    (void)BIO_reset(records);
}

void LoadConnection::flush()
{
    while (m_sent < m_out.size()) {
        const ssize_t count =
            ::send(m_fd, m_out.data() + m_sent, m_out.size() - m_sent, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno != EAGAIN)
                over(true);
            return;
        }
        m_sent += static_cast<std::size_t>(count);
        m_outcome.sent += static_cast<std::uint64_t>(count);
    }
    if (m_plan.closes && m_plan.bodies != 0 && m_bodies >= m_plan.bodies)
        over(false);
}

void LoadConnection::read()
{
    static std::array<char, 65536> bytes;
    for (;;) {
        const ssize_t count = m_ssl == nullptr
                                  ? ::recv(m_fd, bytes.data(), bytes.size(), 0)
                                  : SSL_read(m_ssl, bytes.data(), static_cast<int>(bytes.size()));
        if (count > 0) {
            m_outcome.received += static_cast<std::uint64_t>(count);
            countAnswers(bytes.data(), static_cast<std::size_t>(count));
            if (m_plan.mode == Mode::Hello)
                return over(false); // what it cost has been spent
            const bool sips = m_plan.sip != 0 && m_answered;
            m_answered = true;
            if (m_plan.closes && m_plan.bodies == 0)
                return over(false);
            m_sips += static_cast<double>(count);
            if (sips)
                return; // the rest waits in the socket, and so at the server
            continue;
        }
        const bool later =
            m_ssl == nullptr ? count < 0 && errno == EAGAIN
                             : SSL_get_error(m_ssl, static_cast<int>(count)) == SSL_ERROR_WANT_READ;
        if (!later)
            over(true);
        return;
    }
}

void LoadConnection::countAnswers(const char *bytes, std::size_t size)
{
    const std::string_view text(bytes, size);
    constexpr std::string_view mark = "HTTP/1.1 ";
    for (std::size_t at = text.find(mark); at != std::string_view::npos;
         at = text.find(mark, at + mark.size()))
        ++m_outcome.answers[std::string(text.substr(at + mark.size(), 3))];
}

void LoadConnection::over(bool byPeer)
{
    if (m_state == State::Connecting || m_state == State::Handshaking)
        ++m_outcome.failed;
    else if (byPeer)
        ++m_outcome.closed;
    m_state = State::Over;
}

} // namespace higgs::attack
