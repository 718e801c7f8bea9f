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

/// Whether a template may put source data there, and Confluence keeps it as it was sent.
bool is_shown(std::string_view attribute) {
    constexpr std::array<std::string_view, 11> kShown{
        "href",
        "src",
        "datetime",
        "style",
        "data-highlight-colour",
        "ri:account-id",
        "ri:userkey",
        "ri:username",
        "ri:value",
        "ri:filename",
        "ri:content-title"};
    return std::ranges::find(kShown, attribute) != kShown.end();
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
