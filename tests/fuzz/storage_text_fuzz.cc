// Text into storage format and back, and the tokens of a body: escaped text is always well-formed,
// and the tolerant tokens see what the XML parser sees.
#include <string>
#include <string_view>
#include <vector>

#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "tests/fuzz/fuzz_input.h"
#include "worker/render/storage_format.h"
#include "worker/render/storage_text.h"
#include "worker/render/storage_tokens.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

void check_well_formed(const std::string& body) {
    INVARIANT(is_utf8(body));
    INVARIANT(check_storage_format(body).has_value());
}

void check_escaping(std::string_view text) {
    const std::string escaped = xml_escaped(text);
    check_well_formed(escaped);
    INVARIANT(xml_escaped(xml_unescaped(escaped)) == escaped);
    check_well_formed("<p>" + content_escaped(text) + "</p>");
    check_well_formed("<p a=\"" + line_escaped(text) + "\" b='" + line_escaped(text) + "'/>");
}

/// Pieces of text one after another in one CDATA section, which ends where it should.
void check_cdata(std::string_view text) {
    std::string body = "<p><![CDATA[";
    for (const std::size_t cut : {text.size() / 3, text.size()}) {
        append_cdata(body, text.substr(0, cut));
        body.push_back(']');
    }
    body.append("]]></p>");
    check_well_formed(body);
    StorageTokens tokens(body);
    std::string tags;
    while (const auto token = tokens.next()) {
        if (token->kind != TokenKind::kCData)
            tags += body.substr(token->begin, token->end - token->begin);
    }
    INVARIANT(tags == "<p></p>");
}

void check_attributes(std::string_view body, const Token& tag) {
    std::size_t at = tag.begin;
    for (const TagAttribute& attribute : attributes_of(body, tag)) {
        INVARIANT(at <= attribute.value_begin && attribute.value_begin <= attribute.value_end);
        INVARIANT(attribute.value_end < tag.end && !attribute.name.empty());
        INVARIANT(body[attribute.value_begin - 1] == body[attribute.value_end]);
        at = attribute.value_end;
    }
}

/// Tokens cover the body without a gap. Returns whether the tags nest.
bool tags_nest(std::string_view body) {
    StorageTokens tokens(body);
    std::vector<std::string_view> open;
    bool nests = true;
    std::size_t at = 0;
    while (const auto token = tokens.next()) {
        INVARIANT(token->begin == at && token->end > at && token->end <= body.size());
        INVARIANT(token->begin <= token->content_begin && token->content_end <= token->end);
        INVARIANT(token->content_begin <= token->content_end);
        at = token->end;
        if (token->kind == TokenKind::kStartTag) open.push_back(token->name);
        if (token->kind == TokenKind::kStartTag || token->kind == TokenKind::kEmptyTag) {
            check_attributes(body, *token);
        }
        if (token->kind != TokenKind::kEndTag) continue;
        nests = nests && !open.empty() && open.back() == token->name;
        if (nests) open.pop_back();
    }
    INVARIANT(at == body.size());
    return nests && open.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = test::FuzzInput(data, size).rest();
    check_escaping(text);
    check_cdata(text);
    const bool nests = tags_nest(text);
    if (check_storage_format(text)) INVARIANT(nests);
    INVARIANT(text_digest(text, text) == text_digest(text, text));
    return 0;
}
