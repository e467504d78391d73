// SPDX-License-Identifier: GPL-3.0-or-later
// The first view: is all well, what flows, where the nodes are.
#include "server/page/views.h"
#include "shared/control/terminal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace higgs::server {

namespace {

using protocol::Json;

constexpr std::int64_t DayMs = 86'400'000;
constexpr std::int64_t FewDays = 14;
// Of a graph, in its own units.
constexpr double GraphWidth = 300;
constexpr double GraphHeight = 48;

const Json &member(const Json &object, const char *name)
{
    static const Json none = Json::object();
    const auto found = object.find(name);
    return found == object.end() || !found->is_object() ? none : *found;
}

const Json &rowsOf(const Json &object, const char *name)
{
    static const Json none = Json::array();
    const auto found = object.find(name);
    return found == object.end() || !found->is_array() ? none : *found;
}

Html card(Language language, Word title, const Html &inside)
{
    Html html;
    html.raw("<section class=\"card\"><h3>")
        .add(say(language, title))
        .raw("</h3>\n")
        .add(inside)
        .raw("</section>\n");
    return html;
}

Html figure(const Html &inside)
{
    Html html;
    html.raw("<p class=\"figure\">").add(inside).raw("</p>\n");
    return html;
}

Html small(const Html &inside)
{
    Html html;
    html.raw("<p class=\"small\">").add(inside).raw("</p>\n");
    return html;
}

/// "3 offline, 1 waiting for approval".
Html counts(Language language, const Json &object,
            std::initializer_list<std::pair<const char *, Word>> parts)
{
    Html html;
    bool first = true;
    for (const auto &[name, said] : parts) {
        if (!first)
            html.raw(", ");
        first = false;
        html.number(control::countMember(object, name)).raw(" ").add(say(language, said));
    }
    return html;
}

std::string coordinate(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

/// To clients filled, to nodes as a line; one scale.
Html graphOf(Language language, const FlowHistory &flows)
{
    Html html;
    if (flows.size() < 2)
        return html;
    double most = 1;
    for (const auto &[toNodes, toClients] : flows)
        most = std::max({most, toNodes, toClients});
    const double step = GraphWidth / static_cast<double>(flows.size() - 1);
    std::string filled = "0," + coordinate(GraphHeight);
    std::string line;
    for (std::size_t i = 0; i < flows.size(); ++i) {
        const std::string x = coordinate(step * static_cast<double>(i));
        const auto y = [most](double value) {
            return coordinate(GraphHeight - (GraphHeight - 2) * value / most);
        };
        filled += ' ' + x + ',' + y(flows[i].second);
        line += (line.empty() ? "" : " ") + x + ',' + y(flows[i].first);
    }
    filled += ' ' + coordinate(GraphWidth) + ',' + coordinate(GraphHeight);
    html.raw(
            "<svg class=\"graph\" viewBox=\"0 0 300 48\" preserveAspectRatio=\"none\" role=\"img\" "
            "aria-label=\"")
        .add(say(language, Word::LastFiveMinutes))
        .raw("\"><polygon class=\"down\" points=\"")
        .text(filled)
        .raw("\"/><polyline class=\"up\" points=\"")
        .text(line)
        .raw("\"/></svg>\n");
    return html;
}

Html serverCard(const Viewer &viewer, const Json &told)
{
    const Language language = viewer.language;
    const std::string standing = control::textMember(told, "standing");
    const bool ready = control::flagMember(told, "ready");
    const bool drained = standing == "drained";
    const Word said = drained                ? Word::Drained
                      : standing == "ending" ? Word::Ending
                      : ready                ? Word::Serving
                                             : Word::NotReady;
    const Mood mood = drained || standing == "ending" ? Mood::Busy : ready ? Mood::Good : Mood::Bad;
    Html inside = figure(stateOf(mood, say(language, said)));
    Html up;
    up.add(say(language, Word::UpFor))
        .raw(" ")
        .text(durationWords(language, control::countMember(told, "uptimeSeconds")))
        .raw(" \u00b7 ")
        .add(say(language, Word::Version))
        .raw(" ")
        .text(control::textMember(told, "version"));
    inside.add(small(up)).raw("<br>");
    if (standing != "ending")
        inside.add(formOf(viewer, drained ? Doing{"take-new", {}, {}, Word::TakeNew, {}}
                                          : Doing{"stop-new", {}, {}, Word::StopNew, {}}));
    return card(language, Word::State, inside);
}

Html nodesCard(Language language, const Json &told)
{
    const Json &nodes = member(told, "nodes");
    Html online;
    online.number(control::countMember(nodes, "online")).raw(" ").add(say(language, Word::Online));
    Html inside = figure(online);
    inside.add(small(counts(language, nodes,
                            {{"offline", Word::Offline},
                             {"pending", Word::Pending},
                             {"maintenance", Word::Maintenance}})));
    return card(language, Word::Nodes, inside);
}

Html sessionsCard(Language language, const Json &told)
{
    const Json &sessions = member(told, "sessions");
    Html connected;
    connected.number(control::countMember(sessions, "connected"))
        .raw(" ")
        .add(say(language, Word::Connected));
    Html inside = figure(connected);
    inside.add(small(counts(language, sessions, {{"waiting", Word::Waiting}})));
    return card(language, Word::Sessions, inside);
}

Html flowCard(Language language, const Json &told, const FlowHistory &flows)
{
    const auto [toNodes, toClients] = flows.empty() ? std::pair(0.0, 0.0) : flows.back();
    Html sum;
    sum.text(rateWords(language, toNodes + toClients));
    Html inside = figure(sum);
    Html parts;
    parts.text(rateWords(language, toClients))
        .raw(" ")
        .add(say(language, Word::ToClients))
        .raw(", ")
        .text(rateWords(language, toNodes))
        .raw(" ")
        .add(say(language, Word::ToNodes))
        .raw(" \u00b7 \u03a3\u00a0")
        .text(bytesWords(language, control::numberMember(member(told, "relay"), "bytes")));
    inside.add(small(parts)).add(graphOf(language, flows));
    return card(language, Word::Throughput, inside);
}

Html storageCard(Language language, const Json &told)
{
    const bool up = control::flagMember(told, "storageUp");
    Html inside = figure(
        stateOf(up ? Mood::Good : Mood::Bad, say(language, up ? Word::Answers : Word::Away)));
    Html place;
    place.raw("<span class=\"words\">").text(control::textMember(told, "database")).raw("</span>");
    inside.add(small(place));
    return card(language, Word::Storage, inside);
}

Html clusterCard(Language language, const Json &told)
{
    const Json &cluster = member(told, "cluster");
    const Json &servers = rowsOf(cluster, "servers");
    Html inside;
    Html count;
    count.number(servers.size());
    inside.add(figure(count));
    if (!control::hasMember(cluster, "busUp")) {
        inside.add(small(say(language, Word::Alone)));
    } else {
        const bool up = control::flagMember(cluster, "busUp");
        inside.add(small(stateOf(up ? Mood::Good : Mood::Bad,
                                 say(language, up ? Word::OthersHeard : Word::OthersNotHeard))));
    }
    for (const Json &server : servers) {
        Html line;
        line.raw("<span class=\"words\">relay-")
            .number(control::countMember(server, "number"))
            .raw(" ")
            .text(control::textMember(server, "host"))
            .raw(":")
            .number(control::countMember(server, "port"))
            .raw("</span>");
        inside.add(small(line));
    }
    return card(language, Word::Servers, inside);
}

Html certificateCard(Language language, const Json &told)
{
    const std::int64_t ends = control::momentMember(member(told, "certificate"), "notAfter").ms;
    const std::int64_t days = (ends - wallNow().ms) / DayMs;
    Html words;
    words.number(static_cast<std::uint64_t>(std::max<std::int64_t>(0, days)))
        .raw(" ")
        .add(say(language, Word::DaysLeft));
    Html inside = figure(stateOf(days < 2         ? Mood::Bad
                                 : days < FewDays ? Mood::Busy
                                                  : Mood::Good,
                                 words));
    Html print;
    print.raw("<span class=\"mono\">SHA-256 ")
        .text(control::textMember(member(told, "certificate"), "sha256"))
        .raw("</span>");
    inside.add(small(print));
    return card(language, Word::Certificate, inside);
}

/// One row of a name, a bar against the largest, and a number.
Html barRow(const Html &name, std::uint64_t value, std::uint64_t largest)
{
    Html html;
    const double width =
        100 * static_cast<double>(value) / static_cast<double>(std::max<std::uint64_t>(1, largest));
    html.raw("<tr><td class=\"words\">")
        .add(name)
        .raw("</td><td class=\"bars\"><svg class=\"bar\" viewBox=\"0 0 100 8\" "
             "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"all\" width=\"100\" "
             "height=\"8\"/><rect class=\"part\" height=\"8\" width=\"")
        .text(coordinate(width))
        .raw("\"/></svg></td><td class=\"number\">")
        .number(value)
        .raw("</td></tr>\n");
    return html;
}

template <typename Name>
Html barsOf(Language language, const Json &rows, const char *count, Word title, Word none,
            Name name)
{
    if (rows.empty())
        return card(language, title, small(say(language, none)));
    std::uint64_t largest = 0;
    for (const Json &row : rows)
        largest = std::max(largest, control::countMember(row, count));
    Html inside;
    inside.raw("<table><tbody>\n");
    for (const Json &row : rows)
        inside.add(barRow(name(row), control::countMember(row, count), largest));
    inside.raw("</tbody></table>\n");
    return card(language, title, inside);
}

} // namespace

std::string overviewPage(const Viewer &viewer, const Json &told, const FlowHistory &flows)
{
    const Language language = viewer.language;
    Html html;
    html.raw("<h2>").add(say(language, Word::Overview)).raw("</h2>\n<div class=\"cards\">\n");
    html.add(serverCard(viewer, told)).add(nodesCard(language, told));
    html.add(sessionsCard(language, told)).add(flowCard(language, told, flows));
    html.add(storageCard(language, told)).add(clusterCard(language, told));
    html.add(certificateCard(language, told)).raw("</div>\n<div class=\"wide\">\n");
    html.add(barsOf(language, rowsOf(told, "countries"), "nodes", Word::ByCountry, Word::NoNodes,
                    [language](const Json &row) {
                        const std::string code = control::textMember(row, "country");
                        Html name;
                        name.text(countryWords(language, code));
                        return name;
                    }));
    html.add(barsOf(language, rowsOf(told, "keysInUse"), "sessions", Word::KeysInUse,
                    Word::NoSessions, [language](const Json &row) {
                        const std::string name = control::textMember(row, "name");
                        Html shown;
                        return name.empty() ? say(language, Word::NoKey) : shown.text(name);
                    }));
    html.add(barsOf(language, rowsOf(told, "busiestNodes"), "sessions", Word::Busiest,
                    Word::NoSessions, [](const Json &row) {
                        Html name;
                        return name.raw("<span class=\"mono\">")
                            .text(control::textMember(row, "nodeId"))
                            .raw("</span> ")
                            .text(control::textMember(row, "country"));
                    }));
    html.raw("</div>\n");
    return pageOf(viewer, View::Overview, html).str();
}

} // namespace higgs::server
