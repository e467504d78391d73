// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator's page is made of: text that cannot become markup, the language that is wanted,
// who is signed in, and views of any answer.
#include "server/page/signed_in.h"
#include "server/page/views.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;
using protocol::Json;

namespace {

constexpr const char *Naughty[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' autofocus onfocus=alert(1) x='",
    "</td></tr></table><h1>owned",
    "&lt;b&gt; &amp; &#60;",
    "javascript:alert(1)",
    "\xc0\xbcscript\xc0\xbe", // overlong
    "\xe2\x80\xae"
    "right to left",
    "a\0b",
    "\xff\xfe\x80",
    "\033[31m\r\nSet-Cookie: a=b",
};

} // namespace

class PageHtmlTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void escaping();
    void languages();
    void signedIn();
    void hostileAnswers();
};

void PageHtmlTest::escaping()
{
    Html html;
    html.text("<a href=\"x\">'&\n\xd0\xb6\xf0\x9f\x8d\x8e\xed\xa0\x80\xc0\xbc");
    QCOMPARE(html.str(),
             std::string("&lt;a href=&quot;x&quot;&gt;&#39;&amp; \xd0\xb6\xf0\x9f\x8d\x8e?????"));
    Html plain;
    plain.raw("<b>").number(7).raw("</b>");
    QCOMPARE(plain.str(), std::string("<b>7</b>"));
}

void PageHtmlTest::languages()
{
    const std::pair<const char *, Language> wanted[] = {
        {"", Language::English},
        {"ru", Language::Russian},
        {"RU-ru", Language::Russian},
        {"en-GB,en;q=0.9,ru;q=0.8", Language::English},
        {"de,ru;q=0.5,en;q=0.4", Language::Russian},
        {"ru;q=0", Language::English},
        {"rue, runic", Language::English},
        {"ru;q=,;;,q=1,\xff", Language::English},
        {" ru ; q=0.7 , en ; q=0.71", Language::English},
    };
    for (const auto &[header, language] : wanted)
        QVERIFY2(languageOf(header) == language, header);
    QCOMPARE(countryWords(Language::Russian, "DE"), std::string("Германия"));
    QCOMPARE(countryWords(Language::English, "DE"), std::string("Germany"));
    QCOMPARE(countryWords(Language::English, "<script>"), std::string("<script>"));
    QCOMPARE(bytesWords(Language::Russian, 1536), std::string("1,5\u00a0КиБ"));
    QCOMPARE(durationWords(Language::English, 90'061), std::string("1\u00a0d 1\u00a0h"));
}

void PageHtmlTest::signedIn()
{
    SignedIn all;
    const Monotonic now{};
    const auto first = all.begin(now);
    QVERIFY(first.has_value());
    const std::string cookie(first->cookie.reveal());
    QVERIFY(cookie.size() >= 32);
    const std::string *word = all.find(cookie, now);
    QVERIFY(word != nullptr);
    QVERIFY(*word != cookie);
    QVERIFY(all.find(cookie + "x", now) == nullptr);
    QVERIFY(all.find("", now) == nullptr);
    // Used all the time, it ends all the same.
    Monotonic later = now;
    while (later - now < SignedIn::Longest) {
        QVERIFY(all.find(cookie, later) != nullptr);
        later += SignedIn::Idle;
    }
    QVERIFY(all.find(cookie, now + SignedIn::Longest + Seconds(1)) == nullptr);
    // Not used, it ends sooner.
    const std::string idle(all.begin(now)->cookie.reveal());
    QVERIFY(all.find(idle, now + SignedIn::Idle + Seconds(1)) == nullptr);
    // No more than there may be; who signs out makes room.
    std::vector<std::string> many;
    while (const auto more = all.begin(now))
        many.emplace_back(more->cookie.reveal());
    QCOMPARE(many.size(), SignedIn::Most);
    all.end(many.front());
    QVERIFY(all.begin(now).has_value());
    all.endAll();
    QVERIFY(all.find(many.back(), now) == nullptr);
}

void PageHtmlTest::hostileAnswers()
{
    const Viewer viewer{Language::Russian, "word"};
    const auto pages = [&viewer](const std::string &text) {
        const Json row{{"nodeId", text},   {"country", text},   {"status", text}, {"name", text},
                       {"note", text},     {"sessionId", text}, {"type", text},   {"from", text},
                       {"lastSeen", text}, {"createdAt", text}};
        const Json told{{"version", text},
                        {"standing", text},
                        {"database", text},
                        {"countries", Json::array({row})},
                        {"keysInUse", Json::array({row})},
                        {"busiestNodes", Json::array({row})},
                        {"certificate", {{"sha256", text}}},
                        {"cluster", {{"servers", Json::array({{{"host", text}}})}}}};
        return overviewPage(viewer, told, {{1, 2}, {3, 4}}) +
               nodesPage(viewer, {{"nodes", Json::array({row})}, {"more", true}}, false) +
               keysPage(viewer, {{"keys", Json::array({row})}, {"more", true}}, text) +
               sessionsPage(viewer, {{"sessions", Json::array({row})}, {"more", true}}) +
               failedPage(viewer, View::Keys, text) + signInPage(viewer.language, Word::WrongToken);
    };
    const auto tags = [](const std::string &text) {
        return std::count(text.begin(), text.end(), '<');
    };
    const auto quotes = [](const std::string &text) {
        return std::count(text.begin(), text.end(), '"');
    };
    const std::string control = pages("plain");
    QVERIFY(control.find("plain") != std::string::npos);
    for (const char *text : Naughty) {
        const std::string shown = pages(text);
        QCOMPARE(tags(shown), tags(control));
        QCOMPARE(quotes(shown), quotes(control));
        QVERIFY(shown.find("<script") == std::string::npos);
        QVERIFY(shown.find('\033') == std::string::npos);
        QVERIFY(QString::fromStdString(shown).toStdString() == shown); // it is UTF-8
    }
    for (const char *odd : {"{}", R"({"nodes":7,"keys":{},"sessions":"x"})",
                            R"({"nodes":[1,null],"keys":["x"],"sessions":[[]]})"}) {
        const Json answer = Json::parse(odd);
        QVERIFY(!nodesPage(viewer, answer, true).empty());
        QVERIFY(!keysPage(viewer, answer, {}).empty());
        QVERIFY(!sessionsPage(viewer, answer).empty());
        QVERIFY(!overviewPage(viewer, answer, {}).empty());
    }
}

QTEST_GUILESS_MAIN(PageHtmlTest)
#include "page_html_test.moc"
