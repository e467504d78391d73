// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/page/operator_page.h"

#include "server/admin/new_access_key.h"
#include "server/page/page_css.h"
#include "server/services/digests.h"
#include "shared/base/log.h"

#include <algorithm>
#include <charconv>

namespace higgs::server {

namespace {

using protocol::Json;

// The prefix binds it to this host, to TLS and to the whole of it (RFC 6265bis, section 4.1.3.2).
constexpr std::string_view CookieName = "__Host-boson";
constexpr std::int64_t DayMs = 86'400'000;
constexpr int MostDays = 3650;

struct ActionRow
{
    std::string_view name; ///< of the path
    std::string_view verb;
    std::string_view field; ///< of the form, and of the verb's parameters; empty: `on` is it
    bool on;
    View view; ///< where it was, and goes on
    std::string_view place;
};

constexpr ActionRow Actions[] = {
    {"approve", "node.approve", "nodeId", false, View::Nodes, "/admin/nodes"},
    {"unapprove", "node.unapprove", "nodeId", false, View::Nodes, "/admin/nodes"},
    {"revoke-key", "access-key.revoke", "name", false, View::Keys, "/admin/keys"},
    {"end-session", "session.end", "sessionId", false, View::Sessions, "/admin/sessions"},
    {"stop-new", "server.drain", {}, true, View::Overview, "/admin"},
    {"take-new", "server.drain", {}, false, View::Overview, "/admin"},
};

/// A field of application/x-www-form-urlencoded; empty where there is none, or a broken one.
std::string formField(const HttpRequest &request, std::string_view name)
{
    HttpRequest fields;
    fields.query = request.body;
    std::replace(fields.query.begin(), fields.query.end(), '+', ' ');
    return fields.queryValue(name).value_or(std::string());
}

bool isForm(const HttpRequest &request)
{
    const std::string type = request.joinedHeader("Content-Type");
    return equalsIgnoringCase(type.substr(0, type.find(';')), "application/x-www-form-urlencoded");
}

/// A form of another site's is none of ours, signed in or not. Browsers name the site with a POST.
bool isFromElsewhere(const HttpRequest &request)
{
    const auto origin = request.header("Origin");
    const auto host = request.header("Host");
    return origin && (!host || *origin != "https://" + std::string(*host));
}

std::string cookieOf(const HttpRequest &request)
{
    const auto header = request.header("Cookie");
    std::string_view rest = header.value_or(std::string_view());
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (!pair.empty() && pair.front() == ' ')
            pair.remove_prefix(1);
        if (pair.starts_with(CookieName) && pair.size() > CookieName.size() &&
            pair[CookieName.size()] == '=')
            return std::string(pair.substr(CookieName.size() + 1));
    }
    return {};
}

void harden(HttpResponse &response)
{
    response.headers.push_back(
        {"Content-Security-Policy",
         "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
         "frame-ancestors 'none'; base-uri 'none'"});
    response.headers.push_back({"X-Frame-Options", "DENY"});
    // Not less: with "no-referrer" a browser would not say either whose form it sends.
    response.headers.push_back({"Referrer-Policy", "same-origin"});
    response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
    response.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
}

Language languageFor(const ExchangePtr &exchange)
{
    return languageOf(exchange->request.joinedHeader("Accept-Language"));
}

} // namespace

OperatorPage::OperatorPage(ApiCore &core, Perform perform, Relayed relayed)
    : m_core(core), m_perform(std::move(perform)), m_relayed(std::move(relayed))
{
    m_samples.setInterval(SampleInterval);
    connect(&m_samples, &QTimer::timeout, this, &OperatorPage::sample);
}

void OperatorPage::setToken(SecretText token)
{
    if (token == m_token)
        return;
    m_token = std::move(token);
    m_signedIn.endAll();
    m_flows.clear();
    if (!isOn())
        return m_samples.stop();
    m_relayedBefore = m_relayed();
    m_sampledAt = monotonicNow();
    m_samples.start();
}

void OperatorPage::sample()
{
    const Monotonic now = monotonicNow();
    const std::chrono::duration<double> took = now - m_sampledAt;
    const auto relayed = m_relayed();
    const auto flow = [&took](std::uint64_t before, std::uint64_t after) {
        return static_cast<double>(after - before) * 8 / took.count();
    };
    m_flows.emplace_back(flow(m_relayedBefore.first, relayed.first),
                         flow(m_relayedBefore.second, relayed.second));
    if (m_flows.size() > MostSamples)
        m_flows.pop_front();
    m_relayedBefore = relayed;
    m_sampledAt = now;
}

void OperatorPage::finish(const ExchangePtr &exchange, std::string document, int status)
{
    HttpResponse response;
    response.status = status;
    response.contentType = "text/html; charset=utf-8";
    response.body = std::move(document);
    response.headers.push_back({"Content-Language", std::string(tagOf(languageFor(exchange)))});
    response.headers.push_back({"Vary", "Accept-Language, Cookie"});
    harden(response);
    m_core.finish(exchange, std::move(response));
}

void OperatorPage::redirect(const ExchangePtr &exchange, std::string_view place,
                            const std::string &cookie)
{
    HttpResponse response;
    response.status = 303;
    response.headers.push_back({"Location", std::string(place)});
    if (!cookie.empty())
        response.headers.push_back({"Set-Cookie", cookie});
    harden(response);
    m_core.finish(exchange, std::move(response));
}

std::optional<Viewer> OperatorPage::viewerOf(const ExchangePtr &exchange)
{
    const std::string *formWord = m_signedIn.find(cookieOf(exchange->request), exchange->started);
    if (formWord == nullptr)
        return std::nullopt;
    return Viewer{languageFor(exchange), *formWord};
}

void OperatorPage::serve(const ExchangePtr &exchange)
{
    const HttpRequest &request = exchange->request;
    if (request.path == "/admin/page.css") {
        HttpResponse style;
        style.contentType = "text/css; charset=utf-8";
        style.body = std::string(PageCss);
        harden(style);
        return m_core.finish(exchange, std::move(style));
    }
    if (request.method == "POST") {
        if (!isForm(request))
            return m_core.refuse(exchange, {415, "unsupported_media_type", "this takes a form"});
        if (isFromElsewhere(request))
            return m_core.refuse(exchange, {403, "forbidden", "this form is another site's"});
        return request.path == "/admin/sign-in" ? signIn(exchange) : act(exchange);
    }
    if (const auto viewer = viewerOf(exchange))
        return show(exchange, *viewer);
    if (request.path != "/admin")
        return redirect(exchange, "/admin");
    finish(exchange, signInPage(languageFor(exchange), {}));
}

void OperatorPage::signIn(const ExchangePtr &exchange)
{
    const Language language = languageFor(exchange);
    // Digests are of one length, so that the time tells nothing of the token's either.
    const std::string given = digestOf(formField(exchange->request, "token"));
    const std::string expected = digestOf(m_token.reveal());
    if (!equalConstantTime(asBytes(given), asBytes(expected))) {
        log::sampled(log::Level::Warning, "page", "wrong token", "",
                     {{"request", exchange->id}, {"from", log::networkOf(exchange->peer.address)}});
        m_core.metrics().error("page_token");
        return finish(exchange, signInPage(language, Word::WrongToken), 403);
    }
    const auto begun = m_signedIn.begin(exchange->started);
    if (!begun)
        return finish(exchange, signInPage(language, Word::TooMany), 503);
    log::info("page", "signed in",
              {{"request", exchange->id}, {"from", log::networkOf(exchange->peer.address)}});
    redirect(exchange, "/admin",
             std::string(CookieName) + '=' + std::string(begun->cookie.reveal()) +
                 "; Path=/; Secure; HttpOnly; SameSite=Strict");
}

void OperatorPage::show(const ExchangePtr &exchange, const Viewer &viewer)
{
    const HttpRequest &request = exchange->request;
    Json asked = Json::object();
    if (const auto after = request.queryValue("after"))
        asked["after"] = *after;
    const auto failed = [this, exchange, viewer](View view, const Error &error) {
        finish(exchange, failedPage(viewer, view, error.detail), 503);
    };
    if (request.path == "/admin") {
        return m_perform("server.overview", Json::object(),
                         [this, exchange, viewer, failed](const Result<Json> &told) {
                             if (!told)
                                 return failed(View::Overview, told.error());
                             finish(exchange, overviewPage(viewer, *told, m_flows));
                         });
    }
    if (request.path == "/admin/nodes") {
        const bool pending = request.queryValue("status") == "pending";
        if (pending)
            asked["status"] = "pending";
        return m_perform("node.list", asked,
                         [this, exchange, viewer, failed, pending](const Result<Json> &told) {
                             if (!told)
                                 return failed(View::Nodes, told.error());
                             finish(exchange, nodesPage(viewer, *told, pending));
                         });
    }
    if (request.path == "/admin/keys")
        return showKeys(exchange, viewer, {});
    if (request.path == "/admin/sessions") {
        return m_perform("session.list", asked,
                         [this, exchange, viewer, failed](const Result<Json> &told) {
                             if (!told)
                                 return failed(View::Sessions, told.error());
                             finish(exchange, sessionsPage(viewer, *told));
                         });
    }
    m_core.refuse(exchange, {404, "not_found", "there is nothing here"});
}

void OperatorPage::showKeys(const ExchangePtr &exchange, const Viewer &viewer,
                            const std::string &made)
{
    Json asked = Json::object();
    if (const auto after = exchange->request.queryValue("after"))
        asked["after"] = *after;
    m_perform("access-key.list", asked, [this, exchange, viewer, made](const Result<Json> &told) {
        // A key that was made is shown in any case: it cannot be again.
        if (!told && made.empty())
            return finish(exchange, failedPage(viewer, View::Keys, told.error().detail), 503);
        finish(exchange, keysPage(viewer, told ? *told : Json::object(), made));
    });
}

void OperatorPage::act(const ExchangePtr &exchange)
{
    const HttpRequest &request = exchange->request;
    const auto viewer = viewerOf(exchange);
    if (!viewer)
        return redirect(exchange, "/admin");
    const std::string word = formField(request, "form");
    if (!equalConstantTime(asBytes(word), asBytes(viewer->formWord)))
        return m_core.refuse(exchange, {403, "forbidden", "this form is none of this page's"});
    const std::string_view name =
        exchange->values.empty() ? std::string_view() : std::string_view(exchange->values[0]);
    if (name == "sign-out") {
        m_signedIn.end(cookieOf(request));
        return redirect(exchange, "/admin",
                        std::string(CookieName) +
                            "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    }
    if (name == "add-key")
        return addKey(exchange, *viewer);
    const auto *row = std::find_if(std::begin(Actions), std::end(Actions),
                                   [name](const ActionRow &each) { return each.name == name; });
    if (row == std::end(Actions))
        return m_core.refuse(exchange, {404, "not_found", "there is nothing here"});
    Json params = Json::object();
    if (row->field.empty())
        params["on"] = row->on;
    else
        params[std::string(row->field)] = formField(request, row->field);
    m_perform(row->verb, params, [this, exchange, viewer = *viewer, row](const Result<Json> &done) {
        if (!done)
            return finish(exchange, failedPage(viewer, row->view, done.error().detail), 400);
        redirect(exchange, row->place);
    });
}

void OperatorPage::addKey(const ExchangePtr &exchange, const Viewer &viewer)
{
    const HttpRequest &request = exchange->request;
    const auto key = std::make_shared<SecretText>(newAccessKey());
    Json params{{"name", formField(request, "name")}, {"digest", digestOf(key->reveal())}};
    if (const std::string purpose = formField(request, "for"); !purpose.empty())
        params["for"] = purpose;
    if (const std::string note = formField(request, "note"); !note.empty())
        params["note"] = note;
    if (const std::string days = formField(request, "days"); !days.empty()) {
        int count = 0;
        const auto [end, fault] = std::from_chars(days.data(), days.data() + days.size(), count);
        if (fault != std::errc() || end != days.data() + days.size() || count < 1 ||
            count > MostDays)
            return finish(exchange,
                          failedPage(viewer, View::Keys, "a key is valid for 1 to 3650 days"), 400);
        params["expiresAt"] = wallNow().ms + count * DayMs;
    }
    m_perform("access-key.add", params, [this, exchange, viewer, key](const Result<Json> &done) {
        if (!done)
            return finish(exchange, failedPage(viewer, View::Keys, done.error().detail), 400);
        showKeys(exchange, viewer, std::string(key->reveal()));
    });
}

} // namespace higgs::server
