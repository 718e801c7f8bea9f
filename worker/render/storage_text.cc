#include "worker/render/storage_text.h"

#include <string>

#include "common/base/digest.h"
#include "worker/render/storage_format.h"
#include "worker/render/storage_tokens.h"

namespace pagepress::worker {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Appends without any white space: where it may differ is not worth telling apart.
void append_dense(std::string& out, std::string_view text) {
    constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_space(text[i])) continue;
        if (text.substr(i).starts_with(kNoBreakSpace)) {
            ++i;
            continue;
        }
        out.push_back(text[i]);
    }
}

std::string text_of(std::string_view body) {
    std::string text;
    StorageTokens tokens(body);
    while (const auto token = tokens.next()) {
        const std::string_view content =
            body.substr(token->content_begin, token->content_end - token->content_begin);
        if (token->kind == TokenKind::kText) append_dense(text, xml_unescaped(content));
        if (token->kind == TokenKind::kCData) append_dense(text, content);
    }
    return text;
}

}  // namespace

std::string text_digest(std::string_view body) {
    return to_hex(sha256(text_of(body)));
}

}  // namespace pagepress::worker
