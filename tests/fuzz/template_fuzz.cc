// Templates: a digit for what unknown names become, a field's value up to `|`, then the template.
// No value breaks the markup around it or adds to it.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "tests/fuzz/fuzz_input.h"
#include "worker/render/placeholders.h"
#include "worker/render/storage_format.h"
#include "worker/render/storage_tokens.h"
#include "worker/render/template.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

Issue issue_with(std::string_view value) {
    const boost::json::string text(value.data(), value.size());
    Issue issue;
    issue.id = "10001";
    issue.key = "A-1";
    issue.fields = {{"summary", text}, {"customfield_1", {text, {{"name", text}}}}};
    issue.names = {{"summary", "Summary"}, {"customfield_1", "Story Points"}};
    return issue;
}

/// Names of the tags, without the line breaks that a value may bring.
std::vector<std::string> tags_of(const std::string& body) {
    std::vector<std::string> tags;
    StorageTokens tokens(body);
    while (const auto token = tokens.next()) {
        if (token->name.empty() || token->name == "br") continue;
        const char* const end = token->kind == TokenKind::kEndTag ? "/" : "";
        tags.push_back(end + std::string(token->name));
    }
    return tags;
}

void check_placeholders(std::string_view text, const std::vector<Placeholder>& placeholders) {
    std::size_t at = 0;
    for (const Placeholder& placeholder : placeholders) {
        INVARIANT(at <= placeholder.begin && placeholder.begin + 2 < placeholder.end);
        INVARIANT(placeholder.end <= text.size() && text[placeholder.begin] == '$');
        INVARIANT(!placeholder.name.empty());
        at = placeholder.end;
    }
}

void check_title(std::string_view text, const Issue& issue, UnknownPlaceholder unknown) {
    const auto placeholders = find_plain_placeholders(text);
    const auto compiled = Template::compile(text, TemplateForm::kTitle);
    INVARIANT(placeholders.has_value() == compiled.has_value());
    if (!compiled) return;
    check_placeholders(text, *placeholders);
    const auto title = compiled->render(issue, unknown);
    if (!title) return;
    INVARIANT(!title->empty() && is_utf8(*title) && title->size() <= std::size_t{4} * 255);
    INVARIANT(title->find_first_of("\r\n\t") == std::string::npos);
    INVARIANT(!title->starts_with(' ') && !title->ends_with(' '));
    INVARIANT(title->find("  ") == std::string::npos);
}

void check_body(std::string_view text, std::string_view value, UnknownPlaceholder unknown) {
    const auto placeholders = find_storage_placeholders(text);
    const auto compiled = Template::compile(text, TemplateForm::kStorage);
    INVARIANT(placeholders.has_value() == compiled.has_value());
    if (!compiled) return;
    check_placeholders(text, *placeholders);
    const auto body = compiled->render(issue_with(value), unknown);
    if (placeholders->empty()) INVARIANT(body == std::string(text));
    if (!body || !check_storage_format(text)) return;
    INVARIANT(check_storage_format(*body).has_value());
    const auto plain = compiled->render(issue_with("x"), unknown);
    INVARIANT(plain.has_value() && tags_of(*body) == tags_of(*plain));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::FuzzInput input(data, size);
    constexpr std::array kUnknown{
        UnknownPlaceholder::kEmpty, UnknownPlaceholder::kKeep, UnknownPlaceholder::kFail};
    const UnknownPlaceholder unknown = kUnknown.at(input.choice(kUnknown.size()));
    const std::string_view value = input.part('|');
    check_title(input.rest(), issue_with(value), unknown);
    check_body(input.rest(), value, unknown);
    return 0;
}
