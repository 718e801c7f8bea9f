#include "worker/render/storage_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/digest.h"
#include "worker/render/storage_format.h"
#include "worker/render/storage_tokens.h"

namespace pagepress::worker {

namespace {

/// Appends without any white space: where it may differ is not worth telling apart.
void append_dense(std::string& out, std::string_view text) {
    constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_xml_space(text[i])) continue;
        if (text.substr(i).starts_with(kNoBreakSpace)) {
            ++i;
            continue;
        }
        out.push_back(text[i]);
    }
}

/// Whether a reader sees its value, and Confluence keeps it as it was sent. What Confluence adds
/// or changes (`local-id`, `ac:macro-id`, `ac:schema-version`, `ri:version-at-save`, `class`, …)
/// must not count, or no write would ever show what was sent.
bool is_shown(std::string_view attribute) {
    constexpr std::array<std::string_view, 22> kShown{"href",         "src",
                                                      "alt",          "title",
                                                      "colspan",      "rowspan",
                                                      "datetime",     "style",
                                                      "ac:name",      "ac:alt",
                                                      "ac:title",     "ac:align",
                                                      "ac:width",     "ac:height",
                                                      "ri:userkey",   "data-highlight-colour",
                                                      "ri:username",  "ri:value",
                                                      "ri:filename",  "ri:account-id",
                                                      "ri:space-key", "ri:content-title"};
    return std::ranges::find(kShown, attribute) != kShown.end();
}

/// Of all elements only headings count: of others Confluence makes what it wants (`b` becomes
/// `strong`, tables get a `tbody`, cells a `p`).
void append_heading(std::string& out, std::string_view name) {
    const bool is_heading =
        name.size() == 2 && (name[0] == 'h' || name[0] == 'H') && name[1] >= '1' && name[1] <= '6';
    if (!is_heading) return;
    out.push_back('\0');
    out.push_back(name[1]);
}

void append_attributes(std::string& out, std::string_view body, const Token& tag) {
    for (const TagAttribute& attribute : attributes_of(body, tag)) {
        if (!is_shown(attribute.name)) continue;
        const std::size_t size = attribute.value_end - attribute.value_begin;
        out.push_back('\0');
        append_dense(out, xml_unescaped(body.substr(attribute.value_begin, size)));
        out.push_back('\0');
    }
}

void append_text(std::string& out, std::string_view body) {
    StorageTokens tokens(body);
    while (const auto token = tokens.next()) {
        const std::string_view content =
            body.substr(token->content_begin, token->content_end - token->content_begin);
        switch (token->kind) {
            case TokenKind::kText:
                append_dense(out, xml_unescaped(content));
                break;
            case TokenKind::kCData:
                append_dense(out, content);
                break;
            case TokenKind::kStartTag:
            case TokenKind::kEmptyTag:
                append_heading(out, token->name);
                append_attributes(out, body, *token);
                break;
            case TokenKind::kEndTag:
            case TokenKind::kComment:
            case TokenKind::kInstruction:
                break;
        }
    }
}

}  // namespace

std::string text_digest(std::string_view title, std::string_view body) {
    constexpr std::size_t kHexDigits = 16;
    std::string text;
    append_dense(text, title);
    text.push_back('\0');
    append_text(text, body);
    return to_hex(sha256(text)).substr(0, kHexDigits);
}

}  // namespace pagepress::worker
