#include "tests/support/fake_atlassian/storage_html.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/storage_xml.h"

namespace pagepress::test {

namespace {

constexpr std::array<std::string_view, 37> kPlainElements = {
    "h1",       "h2",    "h3",  "h4",   "h5",         "h6",    "p",   "ul",   "ol",    "li",
    "table",    "tbody", "tr",  "th",   "td",         "thead", "em",  "u",    "s",     "del",
    "strong",   "sub",   "sup", "code", "blockquote", "pre",   "div", "span", "small", "big",
    "colgroup", "b",     "i",   "ins",  "dl",         "dt",    "dd"};

std::string html_of(const XmlNode& node);

std::string html_of_children(const XmlNode& node) {
    std::string html;
    for (const XmlNode& child : node.children) html += html_of(child);
    return html;
}

const XmlNode* child_named(const XmlNode& node, std::string_view name) {
    for (const XmlNode& child : node.children) {
        if (child.name == name) return &child;
    }
    return nullptr;
}

std::string parameter_of(const XmlNode& macro, std::string_view name) {
    for (const XmlNode& child : macro.children) {
        if (child.name == "ac:parameter" && child.attribute("ac:name") == name) {
            return child.inner_text();
        }
    }
    return {};
}

std::string body_of(const XmlNode& macro) {
    const XmlNode* rich = child_named(macro, "ac:rich-text-body");
    return rich == nullptr ? std::string() : html_of_children(*rich);
}

/// A word that may stand in a class attribute.
std::string class_word(std::string_view text) {
    std::string word;
    for (const char letter : lower_case(text)) {
        if (letter >= 'a' && letter <= 'z') word.push_back(letter);
    }
    return word;
}

std::string html_of_macro(const XmlNode& macro) {
    const std::string name = macro.attribute("ac:name");
    if (name == "status") {
        const std::string colour = parameter_of(macro, "colour");
        return fmt::format(
            "<span class=\"lozenge {}\">{}</span>",
            class_word(colour.empty() ? "grey" : colour),
            html_escaped(parameter_of(macro, "title"))
        );
    }
    if (name == "info" || name == "note" || name == "warning" || name == "tip" || name == "panel") {
        const std::string title = parameter_of(macro, "title");
        const std::string heading =
            title.empty() ? std::string() : "<strong>" + html_escaped(title) + "</strong>";
        return fmt::format("<div class=\"panel {}\">{}{}</div>", name, heading, body_of(macro));
    }
    if (name == "excerpt") {
        return fmt::format(
            "<div class=\"region\" title=\"excerpt {}\">{}</div>",
            html_escaped(parameter_of(macro, "name")),
            body_of(macro)
        );
    }
    if (name == "expand") {
        return fmt::format(
            "<details open><summary>{}</summary>{}</details>",
            html_escaped(parameter_of(macro, "title")),
            body_of(macro)
        );
    }
    if (name == "code" || name == "noformat") {
        const XmlNode* plain = child_named(macro, "ac:plain-text-body");
        const std::string text = plain == nullptr ? std::string() : plain->inner_text();
        return "<pre><code>" + html_escaped(text) + "</code></pre>";
    }
    if (name == "anchor") return {};
    return fmt::format(
        "<div class=\"macro\">macro: {}</div>{}", html_escaped(name), body_of(macro)
    );
}

std::string html_of_link(const XmlNode& link) {
    const XmlNode* text = child_named(link, "ac:link-body");
    if (text == nullptr) text = child_named(link, "ac:plain-text-link-body");
    const XmlNode* page = child_named(link, "ri:page");
    const XmlNode* user = child_named(link, "ri:user");
    if (user != nullptr) {
        return fmt::format(
            "<span class=\"user\">@{}</span>", html_escaped(user->attribute("ri:account-id"))
        );
    }
    std::string shown = text == nullptr ? std::string() : html_of_children(*text);
    if (shown.empty() && page != nullptr) shown = html_escaped(page->attribute("ri:content-title"));
    return "<span class=\"link\">" + shown + "</span>";
}

std::string html_of_task(const XmlNode& task) {
    const XmlNode* status = child_named(task, "ac:task-status");
    const XmlNode* body = child_named(task, "ac:task-body");
    const bool done = status != nullptr && status->inner_text() == "complete";
    return fmt::format(
        "<li>{} {}</li>",
        done ? "☑" : "☐",
        body == nullptr ? std::string() : html_of_children(*body)
    );
}

bool is_safe_address(std::string_view address) {
    return address.starts_with("https://") || address.starts_with("http://") ||
           (address.starts_with("/") && !address.starts_with("//"));
}

std::string html_of_anchor(const XmlNode& anchor) {
    const std::string address = anchor.attribute("href");
    const std::string inside = html_of_children(anchor);
    if (!is_safe_address(address)) return "<span class=\"link\">" + inside + "</span>";
    return fmt::format("<a rel=\"noreferrer\" href=\"{}\">{}</a>", html_escaped(address), inside);
}

std::string html_of_plain(const XmlNode& node) {
    std::string spans;
    for (const std::string_view name : {"rowspan", "colspan"}) {
        if (const auto count = whole_number(node.attribute(name))) {
            spans += fmt::format(" {}=\"{}\"", name, *count);
        }
    }
    return fmt::format("<{0}{1}>{2}</{0}>", node.name, spans, html_of_children(node));
}

std::string html_of(const XmlNode& node) {
    if (node.name.empty()) return html_escaped(node.text) + html_of_children(node);
    if (std::ranges::find(kPlainElements, node.name) != kPlainElements.end()) {
        return html_of_plain(node);
    }
    if (node.name == "br" || node.name == "hr") return "<" + node.name + ">";
    if (node.name == "a") return html_of_anchor(node);
    if (node.name == "ac:structured-macro") return html_of_macro(node);
    if (node.name == "ac:link") return html_of_link(node);
    if (node.name == "ac:task-list")
        return "<ul class=\"tasks\">" + html_of_children(node) + "</ul>";
    if (node.name == "ac:task") return html_of_task(node);
    if (node.name == "ac:image") return "<span class=\"macro\">image</span>";
    if (node.name == "ac:emoticon") return html_escaped(node.attribute("ac:emoji-fallback"));
    if (node.name == "time") {
        const std::string date = html_escaped(node.attribute("datetime"));
        return fmt::format("<time datetime=\"{0}\">{0}</time>", date);
    }
    if (node.name == "script" || node.name == "style" || node.name == "ac:parameter") return {};
    return html_of_children(node);
}

}  // namespace

std::string storage_as_html(std::string_view body) {
    return html_of(parse_storage(body));
}

}  // namespace pagepress::test
