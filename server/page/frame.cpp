// SPDX-License-Identifier: GPL-3.0-or-later
// What all views have around them, and what several draw.
#include "server/page/views.h"

namespace higgs::server {

namespace {

struct Entry
{
    View view;
    std::string_view place;
    Word word;
};

constexpr Entry Entries[] = {
    {View::Overview, "/admin", Word::Overview},
    {View::Nodes, "/admin/nodes", Word::Nodes},
    {View::Keys, "/admin/keys", Word::Keys},
    {View::Sessions, "/admin/sessions", Word::Sessions},
};

} // namespace

Html say(Language language, Word said)
{
    Html html;
    html.text(word(language, said));
    return html;
}

Html documentOf(Language language, const Html &inside)
{
    Html html;
    html.raw("<!DOCTYPE html>\n<html lang=\"").text(tagOf(language)).raw("\">\n<head>\n");
    html.raw("<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
             "content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"robots\" content=\"noindex\">\n<title>");
    html.add(say(language, Word::Title)).raw("</title>\n");
    html.raw("<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" "
             "href=\"/admin/page.css\">\n</head>\n<body>\n");
    html.add(inside).raw("</body>\n</html>\n");
    return html;
}

Html pageOf(const Viewer &viewer, View current, const Html &inside)
{
    const Language language = viewer.language;
    Html html;
    html.raw("<a class=\"skip\" href=\"#main\">")
        .add(say(language, Word::SkipToContent))
        .raw("</a>\n<header>\n<h1 class=\"mark\">")
        .add(say(language, Word::Title))
        .raw("</h1>\n<nav>\n");
    for (const Entry &entry : Entries) {
        html.raw("<a href=\"").text(entry.place).raw("\"");
        if (entry.view == current)
            html.raw(" aria-current=\"page\"");
        html.raw(">").add(say(language, entry.word)).raw("</a>\n");
    }
    html.raw("</nav>\n").add(formOf(viewer, {"sign-out", {}, {}, Word::SignOut, {}}));
    html.raw("</header>\n<main id=\"main\" tabindex=\"-1\">\n").add(inside).raw("</main>\n");
    return documentOf(language, html);
}

Html stateOf(Mood mood, const Html &words)
{
    Html html;
    // Forms that differ, so that colour is never all that tells them apart.
    switch (mood) {
    case Mood::Good:
        html.raw("<span class=\"state good\"><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                 "<circle cx=\"6\" cy=\"6\" r=\"6\" fill=\"currentColor\"/></svg>");
        break;
    case Mood::Busy:
        html.raw("<span class=\"state busy\"><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                 "<path d=\"M6 0 12 11 H0 Z\" fill=\"currentColor\"/></svg>");
        break;
    case Mood::Bad:
        html.raw("<span class=\"state bad\"><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                 "<path d=\"M1 1 11 11 M11 1 1 11\" stroke=\"currentColor\" stroke-width=\"2.5\" "
                 "fill=\"none\"/></svg>");
        break;
    case Mood::Rest:
        html.raw("<span class=\"state rest\"><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                 "<circle cx=\"6\" cy=\"6\" r=\"5\" fill=\"none\" stroke=\"currentColor\" "
                 "stroke-width=\"2\"/></svg>");
        break;
    }
    html.raw("<span>").add(words).raw("</span></span>");
    return html;
}

Html formOf(const Viewer &viewer, const Doing &doing)
{
    Html form;
    form.raw("<form method=\"post\" action=\"/admin/").text(doing.action).raw("\">");
    form.raw("<input type=\"hidden\" name=\"form\" value=\"").text(viewer.formWord).raw("\">");
    if (!doing.field.empty())
        form.raw("<input type=\"hidden\" name=\"")
            .text(doing.field)
            .raw("\" value=\"")
            .text(doing.subject)
            .raw("\">");
    if (doing.warning)
        form.raw("<p class=\"small\">")
            .add(say(viewer.language, *doing.warning))
            .raw("</p><button class=\"danger\">");
    else
        form.raw("<button>");
    form.add(say(viewer.language, doing.word)).raw("</button></form>\n");
    if (!doing.warning)
        return form;
    Html asked;
    asked.raw("<details><summary>")
        .add(say(viewer.language, doing.word))
        .raw("\u2026</summary>")
        .add(form)
        .raw("</details>\n");
    return asked;
}

std::string signInPage(Language language, std::optional<Word> wrong)
{
    Html html;
    html.raw("<main id=\"main\" class=\"login\">\n<h1 class=\"mark\">")
        .add(say(language, Word::Title))
        .raw("</h1>\n<form class=\"card\" method=\"post\" action=\"/admin/sign-in\">\n");
    if (wrong) {
        Html words;
        words.add(say(language, *wrong));
        html.raw("<p role=\"alert\">").add(stateOf(Mood::Bad, words)).raw("</p>\n");
    }
    html.raw("<div><label for=\"token\">")
        .add(say(language, Word::Token))
        .raw("</label>\n<input id=\"token\" name=\"token\" type=\"password\" required autofocus "
             "autocomplete=\"current-password\" aria-describedby=\"hint\"></div>\n"
             "<p class=\"small\" id=\"hint\">")
        .add(say(language, Word::TokenHint))
        .raw("</p>\n<button class=\"main\">")
        .add(say(language, Word::SignIn))
        .raw("</button>\n</form>\n</main>\n");
    return documentOf(language, html).str();
}

std::string failedPage(const Viewer &viewer, View view, std::string_view why)
{
    Html html;
    html.raw("<div class=\"banner\" role=\"alert\"><h2>")
        .add(say(viewer.language, Word::Failed))
        .raw("</h2>\n<p class=\"words\">")
        .text(why)
        .raw("</p>\n<a href=\"");
    for (const Entry &entry : Entries) {
        if (entry.view == view)
            html.text(entry.place);
    }
    html.raw("\">").add(say(viewer.language, Word::Back)).raw("</a></div>\n");
    return pageOf(viewer, view, html).str();
}

} // namespace higgs::server
