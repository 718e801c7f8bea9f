#include "worker/render/storage_tokens.h"

#include <algorithm>

#include "common/base/ascii.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_name_start(char c) {
    return is_letter(c) || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

bool ends_name(char c) {
    return is_xml_space(c) || c == '/' || c == '>' || c == '=' || c == '"' || c == '\'' || c == '<';
}

std::size_t name_end(std::string_view body, std::size_t at) {
    while (at < body.size() && !ends_name(body[at])) ++at;
    return at;
}

/// One past the `>` of the tag that begins at `at`; a `>` in quotes does not end it.
std::size_t tag_end(std::string_view body, std::size_t at) {
    char quote = 0;
    for (; at < body.size(); ++at) {
        const char c = body[at];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at + 1;
        }
    }
    return kNone;
}

}  // namespace

bool StorageTokens::is_markup_at(std::size_t at) const {
    if (body_[at] != '<' || at + 1 == body_.size()) return false;
    const char c = body_[at + 1];
    if (c == '/' || c == '?' || is_name_start(c)) return true;
    const std::string_view ahead = body_.substr(at);
    return ahead.starts_with("<![CDATA[") || ahead.starts_with("<!--");
}

Token StorageTokens::text() const {
    std::size_t end = at_ + 1;
    while (end < body_.size() && !is_markup_at(end)) ++end;
    return {
        .kind = TokenKind::kText,
        .begin = at_,
        .end = end,
        .name = {},
        .content_begin = at_,
        .content_end = end,
    };
}

Token StorageTokens::tag() const {
    const bool is_end_tag = body_[at_ + 1] == '/';
    const std::size_t name_begin = at_ + (is_end_tag ? 2 : 1);
    const std::size_t end = tag_end(body_, name_begin);
    Token token{
        .kind = TokenKind::kText,
        .begin = at_,
        .end = body_.size(),
        .name = {},
        .content_begin = at_,
        .content_end = body_.size(),
    };
    if (end == kNone) return token;
    token.end = token.content_end = end;
    token.name = body_.substr(name_begin, name_end(body_, name_begin) - name_begin);
    const bool is_empty = body_[end - 2] == '/';
    token.kind = is_end_tag ? TokenKind::kEndTag
                 : is_empty ? TokenKind::kEmptyTag
                            : TokenKind::kStartTag;
    return token;
}

Token StorageTokens::enclosed(TokenKind kind, std::string_view opening, std::string_view closing)
    const {
    const std::size_t content = at_ + opening.size();
    const std::size_t found = body_.find(closing, content);
    const std::size_t content_end = found == kNone ? body_.size() : found;
    return {
        .kind = kind,
        .begin = at_,
        .end = found == kNone ? body_.size() : found + closing.size(),
        .name = {},
        .content_begin = std::min(content, content_end),
        .content_end = content_end,
    };
}

std::optional<Token> StorageTokens::next() {
    if (at_ >= body_.size()) return std::nullopt;
    const std::string_view ahead = body_.substr(at_);
    Token token;
    if (!is_markup_at(at_)) {
        token = text();
    } else if (ahead.starts_with("<![CDATA[")) {
        token = enclosed(TokenKind::kCData, "<![CDATA[", "]]>");
    } else if (ahead.starts_with("<!--")) {
        token = enclosed(TokenKind::kComment, "<!--", "-->");
    } else if (ahead.starts_with("<?")) {
        token = enclosed(TokenKind::kInstruction, "<?", "?>");
    } else {
        token = tag();
    }
    at_ = token.end;
    return token;
}

std::vector<TagAttribute> attributes_of(std::string_view body, const Token& tag) {
    std::vector<TagAttribute> attributes;
    std::size_t at = tag.begin + 1 + tag.name.size();
    while (at < tag.end) {
        if (!is_name_start(body[at])) {
            ++at;
            continue;
        }
        const std::size_t end_of_name = name_end(body, at);
        const std::string_view name = body.substr(at, end_of_name - at);
        at = end_of_name;
        while (at < tag.end && is_xml_space(body[at])) ++at;
        if (at >= tag.end || body[at] != '=') continue;
        ++at;
        while (at < tag.end && is_xml_space(body[at])) ++at;
        if (at >= tag.end || (body[at] != '"' && body[at] != '\'')) continue;
        const std::size_t closing = body.substr(0, tag.end).find(body[at], at + 1);
        if (closing == kNone) break;
        attributes.push_back({.name = name, .value_begin = at + 1, .value_end = closing});
        at = closing + 1;
    }
    return attributes;
}

std::optional<std::string> attribute_of(
    std::string_view body, const Token& tag, std::string_view name
) {
    for (const TagAttribute& attribute : attributes_of(body, tag)) {
        if (attribute.name != name) continue;
        const std::size_t size = attribute.value_end - attribute.value_begin;
        return xml_unescaped(body.substr(attribute.value_begin, size));
    }
    return std::nullopt;
}

}  // namespace pagepress::worker
