#include "ingress/events/mentions.h"

#include <string_view>

#include "common/json/json_value.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

void find_in_markup(std::string_view text, std::set<std::string>& found) {
    constexpr std::string_view kBegin = "[~";
    constexpr std::string_view kAccount = "accountid:";
    constexpr std::size_t kNameBytesMax = 255;
    for (std::size_t at = text.find(kBegin); at != std::string_view::npos;
         at = text.find(kBegin, at)) {
        at += kBegin.size();
        const std::size_t end = text.find_first_of("]\n", at);
        if (end == std::string_view::npos) return;
        if (text[end] != ']') continue;
        std::string_view name = text.substr(at, end - at);
        if (name.starts_with(kAccount)) name.remove_prefix(kAccount.size());
        if (!name.empty() && name.size() <= kNameBytesMax) found.emplace(name);
    }
}

/// As deep as the document, which the parser bounds.
void find_in_document(const json::value& node, std::set<std::string>& found) {
    if (const json::array* nodes = node.if_array()) {
        for (const json::value& child : *nodes) find_in_document(child, found);
    }
    if (!node.is_object()) return;
    if (string_at(node, "type") == "mention") {
        const json::value* attributes = find(node, "attrs");
        std::string id = attributes == nullptr ? std::string() : string_at(*attributes, "id");
        if (!id.empty()) found.insert(std::move(id));
    }
    if (const json::value* content = find(node, "content")) find_in_document(*content, found);
}

}  // namespace

std::set<std::string> mentions_in(const json::value& text) {
    std::set<std::string> found;
    if (const json::string* markup = text.if_string()) {
        find_in_markup({markup->data(), markup->size()}, found);
    } else {
        find_in_document(text, found);
    }
    return found;
}

}  // namespace pagepress::ingress
