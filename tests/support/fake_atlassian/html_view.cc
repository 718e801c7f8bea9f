#include "tests/support/fake_atlassian/html_view.h"

#include <ranges>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/jira_fields.h"
#include "tests/support/fake_atlassian/storage_html.h"

namespace pagepress::test {

namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--line:#8884;--dim:#6b7280;--link:#0c66e4}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem}
header{display:flex;gap:.6rem;align-items:baseline;border-bottom:1px solid var(--line);
padding-bottom:.6rem;margin-bottom:1.2rem;color:var(--dim);flex-wrap:wrap}
a,.link{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
h1{font-size:1.7rem;margin:.3rem 0}
table{border-collapse:collapse;margin:.8rem 0;width:100%}
th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
th{background:#8881;font-weight:600}td p,th p{margin:0}
.meta{color:var(--dim);font-size:.87rem}
.number{text-align:right;font-variant-numeric:tabular-nums}
.message{font-family:ui-monospace,monospace;font-size:.82rem;overflow-wrap:anywhere}
.child{padding-left:1.4rem}
.lozenge{font-size:.72rem;font-weight:700;padding:.1rem .4rem;border-radius:3px;
text-transform:uppercase;background:#dfe1e6;color:#42526e;white-space:nowrap}
.green{background:#dcfff1;color:#216e4e}.yellow{background:#fff7d6;color:#7f5f01}
.red{background:#ffeceb;color:#ae2e24}.blue{background:#e9f2ff;color:#0055cc}
.purple{background:#f3f0ff;color:#5e4db2}
time{background:#8882;border-radius:3px;padding:.05rem .35rem;white-space:nowrap}
.panel{border-left:4px solid #388bff;background:#388bff18;padding:.4rem .9rem;margin:.8rem 0}
.note{border-color:#8270db;background:#8270db18}.warning{border-color:#e2483d;background:#e2483d18}
.tip{border-color:#22a06b;background:#22a06b18}
.region{outline:1px dashed var(--line);outline-offset:6px;margin:1rem 0}
.macro{display:inline-block;font-size:.8rem;color:var(--dim);border:1px dashed var(--line);
padding:0 .4rem}
.user{background:#388bff22;border-radius:1rem;padding:0 .4rem}
pre{background:#8881;padding:.7rem;overflow:auto}
blockquote{border-left:3px solid var(--line);margin-left:0;padding-left:1rem}
.tasks{list-style:none;padding-left:.4rem}.tasks p{display:inline}
)";

ApiAnswer html_page(
    int status, std::string_view title, std::string_view crumbs, std::string_view body
) {
    return {
        .status = status,
        .body = fmt::format(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
            "<title>{}</title><style>{}</style></head><body><header><a href=\"/\">Fake "
            "Atlassian</a>"
            "{}</header>{}</body></html>",
            html_escaped(title),
            kStyle,
            crumbs,
            body
        ),
        .content_type = "text/html; charset=utf-8",
        .headers =
            {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
             {"Cache-Control", "no-store"}},
    };
}

ApiAnswer not_found(std::string_view what) {
    return html_page(404, "Not found", "", fmt::format("<h1>Not found</h1><p>{}</p>", what));
}

/// `2026-11-02 10:15:00 UTC`.
std::string shown_time(UnixMillis time) {
    std::string text = confluence_time(time).substr(0, 19);
    text[10] = ' ';
    return text + " UTC";
}

std::string crumbs_of(const StoredSpace& space) {
    return fmt::format(
        "<span>/</span><a href=\"/spaces/{}\">{}</a>",
        html_escaped(space.key),
        html_escaped(space.name)
    );
}

std::string crumbs_of(const StoredSpace& space, const StoredPage& page) {
    return fmt::format(
        "{}<span>/</span><a href=\"/pages/{}\">{}</a>",
        crumbs_of(space),
        page.id,
        html_escaped(page.latest().title)
    );
}

std::string status_mark(const StoredPage& page) {
    if (page.status == ContentStatus::kCurrent) return {};
    return fmt::format(" <span class=\"lozenge red\">{}</span>", name_of(page.status));
}

ApiAnswer show_site(FakeSite& site) {
    std::string rows;
    for (const StoredSpace& space : site.confluence().spaces() | std::views::values) {
        std::size_t count = 0;
        for (const StoredPage& page : site.confluence().pages() | std::views::values) {
            if (page.space == space.id && page.status == ContentStatus::kCurrent) ++count;
        }
        rows += fmt::format(
            "<tr><td><a href=\"/spaces/{0}\">{1}</a></td><td>{0}</td><td "
            "class=\"number\">{2}</td></tr>",
            html_escaped(space.key),
            html_escaped(space.name),
            count
        );
    }
    const std::string body = fmt::format(
        "<h1>Spaces</h1><table><tr><th>Space</th><th>Key</th><th>Pages</th></tr>{}</table>"
        "<p class=\"meta\">{} issues in Jira · {} page versions ever made · {} API requests</p>",
        rows,
        site.jira().issues().size(),
        site.confluence().journal().size(),
        site.calls.total()
    );
    return html_page(200, "Fake Atlassian", "", body);
}

ApiAnswer show_space(FakeSite& site, const StoredSpace& space) {
    std::string rows;
    for (const StoredPage& page : site.confluence().pages() | std::views::values) {
        if (page.space != space.id) continue;
        rows += fmt::format(
            "<tr><td{}><a href=\"/pages/{}\">{}</a>{}</td><td class=\"number\">"
            "<a href=\"/pages/{}/history\">{}</a></td><td class=\"meta\">{}</td></tr>",
            page.parent == 0 ? "" : " class=\"child\"",
            page.id,
            html_escaped(page.latest().title),
            status_mark(page),
            page.id,
            page.latest().number,
            shown_time(page.latest().created_at)
        );
    }
    const std::string body = fmt::format(
        "<h1>{}</h1><table><tr><th>Page</th><th>Version</th><th>Updated</th></tr>{}</table>",
        html_escaped(space.name),
        rows
    );
    return html_page(200, space.name, crumbs_of(space), body);
}

ApiAnswer show_page(FakeSite& site, const StoredPage& page, const std::string& number) {
    const StoredSpace& space = *site.confluence().space_by_id(page.space);
    const auto wanted = whole_number(number).value_or(page.latest().number);
    if (wanted < 1 || wanted > page.latest().number) return not_found("No such version.");
    const StoredVersion& version = page.versions[static_cast<std::size_t>(wanted - 1)];
    const std::string body = fmt::format(
        "<h1>{}{}</h1><p class=\"meta\">version {} of {} · {} · <a "
        "href=\"/pages/{}/history\">history"
        "</a></p>{}",
        html_escaped(version.title),
        status_mark(page),
        version.number,
        page.latest().number,
        shown_time(version.created_at),
        page.id,
        storage_as_html(*version.body)
    );
    return html_page(200, version.title, crumbs_of(space), body);
}

ApiAnswer show_history(FakeSite& site, const StoredPage& page) {
    const StoredSpace& space = *site.confluence().space_by_id(page.space);
    std::string rows;
    for (const StoredVersion& version : page.versions | std::views::reverse) {
        rows += fmt::format(
            "<tr><td class=\"number\"><a href=\"/pages/{0}?version={1}\">{1}</a></td>"
            "<td class=\"meta\">{2}</td><td>{3}</td><td class=\"message\">{4}</td></tr>",
            page.id,
            version.number,
            shown_time(version.created_at),
            html_escaped(version.author),
            html_escaped(version.message)
        );
    }
    const std::string body = fmt::format(
        "<h1>History of {}</h1><table><tr><th>Version</th><th>When</th><th>Who</th><th>Message</th>"
        "</tr>{}</table>",
        html_escaped(page.latest().title),
        rows
    );
    return html_page(200, "History", crumbs_of(space, page), body);
}

/// A field's value in a few words.
std::string shown_value(const boost::json::value& value) {
    if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
    for (const std::string_view name : {"displayName", "name", "value", "key"}) {
        if (const std::string text = string_at(value, name); !text.empty()) return text;
    }
    return boost::json::serialize(value);
}

ApiAnswer show_issue(const StoredIssue& issue) {
    std::string rows;
    for (const auto& field : issue.fields) {
        if (field.value().is_null()) continue;
        rows += fmt::format(
            "<tr><th>{}</th><td class=\"message\">{}</td></tr>",
            html_escaped(name_of_field(field.key())),
            html_escaped(shown_value(field.value()))
        );
    }
    for (const auto& [name, value] : issue.properties) {
        rows += fmt::format(
            "<tr><th>property {}</th><td class=\"message\">{}</td></tr>",
            html_escaped(name),
            html_escaped(boost::json::serialize(value))
        );
    }
    const std::string body = fmt::format(
        "<h1>{}: {}</h1><table>{}</table>",
        html_escaped(issue.key),
        html_escaped(shown_value(issue.fields.at("summary"))),
        rows
    );
    return html_page(200, issue.key, "", body);
}

}  // namespace

ApiAnswer answer_browser(FakeSite& site, const ApiRequest& request) {
    const auto& segments = request.segments;
    if (request.method != "GET") return not_found("Only GET is served here.");
    if (segments.empty()) return show_site(site);
    const bool is_web_link = matches(request, "GET", "/wiki/spaces/*/pages/*") ||
                             matches(request, "GET", "/wiki/spaces/*/pages/*/*");
    const bool is_view_link = matches(request, "GET", "/wiki/pages/viewpage.action");
    if (is_web_link || is_view_link || segments[0] == "pages") {
        const std::size_t at = is_web_link ? 4 : 1;
        const auto id = is_view_link           ? whole_number(query_value(request, "pageId"))
                        : segments.size() > at ? whole_number(segments[at])
                                               : std::nullopt;
        const auto found = site.confluence().pages().find(id.value_or(0));
        if (found == site.confluence().pages().end()) return not_found("No such page.");
        if (!is_web_link && segments.size() == 3 && segments[2] == "history") {
            return show_history(site, found->second);
        }
        return show_page(site, found->second, query_value(request, "version"));
    }
    const bool is_space =
        matches(request, "GET", "/spaces/*") || matches(request, "GET", "/wiki/spaces/*");
    if (is_space) {
        const StoredSpace* space = site.confluence().space_by_key(segments.back());
        return space == nullptr ? not_found("No such space.") : show_space(site, *space);
    }
    if (matches(request, "GET", "/browse/*")) {
        const StoredIssue* issue = site.jira().find(segments[1]);
        return issue == nullptr ? not_found("No such issue.") : show_issue(*issue);
    }
    return not_found("Nothing is served here.");
}

}  // namespace pagepress::test
