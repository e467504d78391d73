// SPDX-License-Identifier: GPL-3.0-or-later
// The views that are lists: nodes, access keys, sessions.
#include "server/page/views.h"
#include "shared/control/terminal.h"

#include <array>
#include <ctime>

namespace higgs::server {

namespace {

using protocol::Json;

// What somebody looks through; the rest is behind a link.
constexpr std::size_t RowsOnPage = 100;

const Json &rowsOf(const Json &object, const char *name)
{
    static const Json none = Json::array();
    const auto found = object.find(name);
    return found == object.end() || !found->is_array() ? none : *found;
}

std::string momentText(const Json &row, const char *name, const char *form)
{
    if (control::numberMember(row, name) <= 0)
        return {};
    const std::time_t seconds = control::momentMember(row, name).ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), form, &utc)};
}

constexpr const char *Second = "%Y-%m-%d %H:%M:%S";
constexpr const char *Day = "%Y-%m-%d";

/// One list: its columns are named once above, and in each cell for a narrow screen.
class Table
{
public:
    Table(Language language, std::initializer_list<Word> columns)
        : m_language(language), m_columns(columns)
    {
        m_html.raw("<div class=\"card scroll\"><table class=\"list\"><thead><tr>");
        for (const Word column : m_columns)
            m_html.raw("<th scope=\"col\">").add(say(language, column)).raw("</th>");
        m_html.raw("</tr></thead>\n<tbody>\n");
    }

    void row(std::initializer_list<Html> cells)
    {
        m_html.raw("<tr>");
        std::size_t i = 0;
        for (const Html &cell : cells)
            m_html.raw("<td data-name=\"")
                .add(say(m_language, m_columns[i++]))
                .raw("\"><div>")
                .add(cell)
                .raw("</div></td>");
        m_html.raw("</tr>\n");
    }
    Html end()
    {
        m_html.raw("</tbody></table></div>\n");
        return m_html;
    }

private:
    Language m_language;
    std::vector<Word> m_columns;
    Html m_html;
};

Html plain(std::string_view text)
{
    Html html;
    return html.raw("<span class=\"words\">").text(text).raw("</span>");
}

Html mono(std::string_view text)
{
    Html html;
    return html.raw("<span class=\"mono\">").text(text).raw("</span>");
}

Html heading(Language language, Word title)
{
    Html html;
    return html.raw("<h2>").add(say(language, title)).raw("</h2>\n");
}

Html emptyCard(Language language, Word said)
{
    Html html;
    return html.raw("<div class=\"card\"><p class=\"small\">")
        .add(say(language, said))
        .raw("</p></div>\n");
}

/// RFC 3986, section 2.1: all but what needs none.
std::string percentEncoded(std::string_view text)
{
    constexpr std::string_view Digits = "0123456789ABCDEF";
    std::string out;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        const bool plain = (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
                           (each >= 'A' && each <= 'Z') || each == '-' || each == '_';
        if (plain)
            out += each;
        else
            out += {'%', Digits[byte >> 4U], Digits[byte & 15U]};
    }
    return out;
}

/// Behind the last row that was shown, if there is anything.
Html moreLink(Language language, std::string_view place, const Json &rows, const char *id,
              bool more)
{
    Html html;
    if (rows.empty() || (rows.size() <= RowsOnPage && !more))
        return html;
    const Json &last = rows[std::min(rows.size(), RowsOnPage) - 1];
    return html.raw("<p><a href=\"")
        .text(place)
        .text(percentEncoded(control::textMember(last, id)))
        .raw("\">")
        .add(say(language, Word::More))
        .raw("</a></p>\n");
}

Html nodeStatus(Language language, const std::string &status)
{
    if (status == "pending")
        return stateOf(Mood::Busy, say(language, Word::WaitingForApproval));
    if (status == "maintenance")
        return stateOf(Mood::Rest, say(language, Word::Maintenance));
    return stateOf(Mood::Good, say(language, Word::Approved));
}

Html filterLink(Language language, std::string_view place, Word said, bool current)
{
    Html html;
    html.raw("<a href=\"").text(place).raw("\"");
    if (current)
        html.raw(" aria-current=\"true\"");
    return html.raw(">").add(say(language, said)).raw("</a>\n");
}

constexpr std::array Purposes{std::pair{"use", Word::ForUse}, std::pair{"share", Word::ForShare},
                              std::pair{"any", Word::ForAny}};

Html purposeOf(Language language, const Json &key)
{
    const std::string purpose = control::textMember(key, "for");
    for (const auto &[name, said] : Purposes) {
        if (purpose == name)
            return say(language, said);
    }
    return plain(purpose);
}

/// What a new key is good for: the first unless another is chosen.
Html purposeField(Language language)
{
    Html html;
    html.raw("<div><label for=\"for\">")
        .add(say(language, Word::KeyFor))
        .raw("</label><select id=\"for\" name=\"for\">");
    for (const auto &[name, said] : Purposes)
        html.raw("<option value=\"")
            .text(name)
            .raw("\">")
            .add(say(language, said))
            .raw("</option>");
    return html.raw("</select></div>\n");
}

} // namespace

std::string nodesPage(const Viewer &viewer, const Json &answer, bool pendingOnly)
{
    const Language language = viewer.language;
    const Json &nodes = rowsOf(answer, "nodes");
    Html html = heading(language, Word::Nodes);
    html.raw("<div class=\"filters\">")
        .add(filterLink(language, "/admin/nodes", Word::All, !pendingOnly))
        .add(filterLink(language, "/admin/nodes?status=pending", Word::WaitingForApproval,
                        pendingOnly))
        .raw("</div>\n");
    if (nodes.empty()) {
        html.add(emptyCard(language, pendingOnly ? Word::NothingWaits : Word::NoNodes));
        return pageOf(viewer, View::Nodes, html).str();
    }
    Table table(language, {Word::Node, Word::Country, Word::Status, Word::LastHeard, Word::Action});
    for (std::size_t i = 0; i < std::min(nodes.size(), RowsOnPage); ++i) {
        const Json &node = nodes[i];
        const std::string id = control::textMember(node, "nodeId");
        const std::string status = control::textMember(node, "status");
        const Doing doing = status == "pending" ? Doing{"approve", "nodeId", id, Word::Approve, {}}
                                                : Doing{"unapprove", "nodeId", id, Word::Unapprove,
                                                        Word::UnapproveHint};
        table.row({mono(id), plain(countryWords(language, control::textMember(node, "country"))),
                   nodeStatus(language, status), plain(momentText(node, "lastSeen", Second)),
                   formOf(viewer, doing)});
    }
    html.add(table.end());
    html.add(moreLink(
        language, pendingOnly ? "/admin/nodes?status=pending&after=" : "/admin/nodes?after=", nodes,
        "nodeId", control::flagMember(answer, "more")));
    return pageOf(viewer, View::Nodes, html).str();
}

std::string keysPage(const Viewer &viewer, const Json &answer, std::string_view made)
{
    const Language language = viewer.language;
    const Json &keys = rowsOf(answer, "keys");
    Html html = heading(language, Word::Keys);
    if (!made.empty())
        html.raw("<div class=\"banner made\" role=\"status\"><h3>")
            .add(say(language, Word::KeyMade))
            .raw("</h3>\n<p>")
            .add(mono(made))
            .raw("</p>\n<p class=\"small\">")
            .add(say(language, Word::KeyMadeHint))
            .raw("</p></div>\n");
    if (keys.empty()) {
        html.add(emptyCard(language, Word::NoKeys));
    } else {
        Table table(language, {Word::Name, Word::KeyFor, Word::Note, Word::Made, Word::LastUsed,
                               Word::Ends, Word::Sessions, Word::Action});
        for (std::size_t i = 0; i < std::min(keys.size(), RowsOnPage); ++i) {
            const Json &key = keys[i];
            const std::string name = control::textMember(key, "name");
            const std::string used = momentText(key, "lastUsed", Day);
            const std::string ends = momentText(key, "expiresAt", Day);
            table.row(
                {plain(name), purposeOf(language, key), plain(control::textMember(key, "note")),
                 plain(momentText(key, "createdAt", Day)),
                 used.empty() ? say(language, Word::Never) : plain(used),
                 ends.empty() ? say(language, Word::Never) : plain(ends),
                 plain(std::to_string(control::countMember(key, "sessions"))),
                 formOf(viewer, {"revoke-key", "name", name, Word::Revoke, Word::RevokeHint})});
        }
        html.add(table.end());
    }
    html.add(moreLink(language, "/admin/keys?after=", keys, "name",
                      control::flagMember(answer, "more")));
    html.raw("<br><form class=\"card\" method=\"post\" action=\"/admin/add-key\">\n<h2>")
        .add(say(language, Word::NewKey))
        .raw("</h2>\n<input type=\"hidden\" name=\"form\" value=\"")
        .text(viewer.formWord)
        .raw("\">\n<div class=\"fields\"><div><label for=\"name\">")
        .add(say(language, Word::Name))
        .raw("</label><input id=\"name\" name=\"name\" required maxlength=\"64\" "
             "autocomplete=\"off\"></div>\n")
        .add(purposeField(language))
        .raw("<div><label for=\"note\">")
        .add(say(language, Word::Note))
        .raw("</label><input id=\"note\" name=\"note\" maxlength=\"200\" autocomplete=\"off\" "
             "aria-describedby=\"note-hint\"><p class=\"small\" id=\"note-hint\">")
        .add(say(language, Word::NoteHint))
        .raw("</p></div>\n<div><label for=\"days\">")
        .add(say(language, Word::ValidDays))
        .raw("</label><input id=\"days\" name=\"days\" type=\"number\" min=\"1\" max=\"3650\" "
             "aria-describedby=\"days-hint\"><p class=\"small\" id=\"days-hint\">")
        .add(say(language, Word::ValidHint))
        .raw("</p></div></div>\n<button class=\"main\">")
        .add(say(language, Word::AddKey))
        .raw("</button></form>\n");
    return pageOf(viewer, View::Keys, html).str();
}

std::string sessionsPage(const Viewer &viewer, const Json &answer)
{
    const Language language = viewer.language;
    const Json &sessions = rowsOf(answer, "sessions");
    Html html = heading(language, Word::Sessions);
    if (sessions.empty()) {
        html.add(emptyCard(language, Word::NoSessions));
        return pageOf(viewer, View::Sessions, html).str();
    }
    Table table(language, {Word::Session, Word::Node, Word::Status, Word::Kind, Word::From,
                           Word::Since, Word::Action});
    for (std::size_t i = 0; i < std::min(sessions.size(), RowsOnPage); ++i) {
        const Json &session = sessions[i];
        const std::string id = control::textMember(session, "sessionId");
        const int ends = (control::flagMember(session, "clientOpen") ? 1 : 0) +
                         (control::flagMember(session, "nodeOpen") ? 1 : 0);
        const Html state = ends == 2   ? stateOf(Mood::Good, say(language, Word::BothEnds))
                           : ends == 1 ? stateOf(Mood::Busy, say(language, Word::OneEnd))
                                       : stateOf(Mood::Rest, say(language, Word::NoEnd));
        table.row({mono(id), mono(control::textMember(session, "nodeId")), state,
                   plain(control::textMember(session, "type")),
                   plain(control::textMember(session, "from")),
                   plain(momentText(session, "createdAt", Second)),
                   formOf(viewer, {"end-session", "sessionId", id, Word::End, Word::EndHint})});
    }
    html.add(table.end());
    html.add(moreLink(language, "/admin/sessions?after=", sessions, "sessionId",
                      control::flagMember(answer, "more")));
    return pageOf(viewer, View::Sessions, html).str();
}

} // namespace higgs::server
