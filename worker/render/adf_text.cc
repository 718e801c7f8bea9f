#include "worker/render/adf_text.h"

#include <charconv>

#include "common/json/json_value.h"
#include "worker/render/jira_time.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

std::string member_text(const json::object& node, std::string_view group, std::string_view name) {
    const json::value* attributes = node.if_contains(group);
    return attributes == nullptr ? std::string() : string_at(*attributes, name);
}

std::string attribute(const json::object& node, std::string_view name) {
    return member_text(node, "attrs", name);
}

std::string type_of(const json::object& node) {
    const json::value* type = node.if_contains("type");
    return type != nullptr && type->is_string() ? std::string(type->get_string()) : std::string();
}

/// Text of a date node, whose timestamp is milliseconds as a string.
std::string date_of(const json::object& node) {
    const std::string timestamp = attribute(node, "timestamp");
    UnixMillis instant = 0;
    const char* end = timestamp.data() + timestamp.size();
    const auto parsed = std::from_chars(timestamp.data(), end, instant);
    constexpr UnixMillis kInstantMax = 253'402'300'799'999;  // the end of the year 9999
    const bool is_valid = parsed.ec == std::errc() && parsed.ptr == end && instant >= 0;
    return is_valid && instant <= kInstantMax ? jira_time_of(instant).date : timestamp;
}

/// First text that is not empty; else the node's type in brackets.
std::string leaf_text(const json::object& node, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (std::string text = attribute(node, name); !text.empty()) return text;
    }
    const std::string type = type_of(node);
    return type.empty() ? std::string() : "[" + type + "]";
}

/// Text of a node without content.
std::string text_of_leaf(const json::object& node, std::string_view type) {
    if (type == "hardBreak") return "\n";
    if (type == "rule") return "---";
    if (type == "date") return date_of(node);
    if (type == "emoji") return leaf_text(node, {"text", "shortName"});
    if (type == "mention") return leaf_text(node, {"text", "id"});
    if (type == "media" || type == "mediaInline") return leaf_text(node, {"alt", "url"});
    if (type.ends_with("Card")) {
        if (std::string url = attribute(node, "url"); !url.empty()) return url;
        const json::value* attributes = node.if_contains("attrs");
        const json::value* data = attributes == nullptr ? nullptr : find(*attributes, "data");
        const std::string url = data == nullptr ? std::string() : string_at(*data, "url");
        return url.empty() ? leaf_text(node, {}) : url;
    }
    return leaf_text(node, {"text", "title", "extensionTitle", "extensionKey"});
}

/// Where the text of a link does not show its address, the address.
std::string link_address(const json::object& node, std::string_view text) {
    const json::value* marks = node.if_contains("marks");
    if (marks == nullptr || !marks->is_array()) return {};
    for (const json::value& mark : marks->get_array()) {
        if (!mark.is_object() || type_of(mark.get_object()) != "link") continue;
        const std::string address = attribute(mark.get_object(), "href");
        return address == text ? std::string() : address;
    }
    return {};
}

bool is_inline(std::string_view type) {
    return type == "text" || type == "mention" || type == "emoji" || type == "hardBreak" ||
           type == "date" || type == "status" || type == "placeholder" ||
           type.starts_with("inline") || type == "mediaInline";
}

bool is_container(std::string_view type) {
    return type == "doc" || type == "paragraph" || type == "heading" || type.ends_with("List") ||
           type.ends_with("Item") || type.starts_with("table") || type == "codeBlock" ||
           type == "blockquote" || type == "panel" || type == "mediaSingle" ||
           type == "mediaGroup" || type.starts_with("layout") || type == "caption";
}

class AdfWriter {
public:
    void write(const json::object& node) {
        const std::string type = type_of(node);
        if (type == "text") {
            write_text(node);
            return;
        }
        if (!is_inline(type)) start_line();
        if (type == "tableRow") {
            write_row(node);
            return;
        }
        if (type.ends_with("Item")) text_.append("- ");
        const json::value* content = node.if_contains("content");
        const bool has_content =
            content != nullptr && content->is_array() && !content->get_array().empty();
        if (!has_content && !is_container(type)) text_.append(text_of_leaf(node, type));
        if (!has_content) return;
        if (const std::string title = attribute(node, "title"); !title.empty()) {
            text_.append(title).push_back('\n');
        }
        write_all(content->get_array());
    }

    std::string take() {
        while (text_.ends_with('\n')) text_.pop_back();
        return std::move(text_);
    }

private:
    void write_all(const json::array& nodes) {
        for (const json::value& node : nodes) {
            if (node.is_object()) write(node.get_object());
        }
    }

    void write_text(const json::object& node) {
        const json::value* text = node.if_contains("text");
        if (text == nullptr || !text->is_string()) return;
        text_.append(text->get_string());
        const std::string address = link_address(node, text->get_string());
        if (!address.empty()) text_.append(" (").append(address).push_back(')');
    }

    void write_row(const json::object& row) {
        const json::value* cells = row.if_contains("content");
        if (cells == nullptr || !cells->is_array()) return;
        bool is_first = true;
        for (const json::value& cell : cells->get_array()) {
            AdfWriter writer;
            if (cell.is_object()) writer.write(cell.get_object());
            if (!is_first) text_.append(" | ");
            text_.append(writer.take());
            is_first = false;
        }
    }

    /// Blocks begin on a line of their own; the first one in an item stays behind its dash.
    void start_line() {
        if (text_.empty() || text_.ends_with('\n')) return;
        if (text_ == "- " || text_.ends_with("\n- ")) return;
        text_.push_back('\n');
    }

    std::string text_;
};

}  // namespace

bool is_adf_document(const json::object& value) {
    return type_of(value) == "doc" && value.contains("content");
}

std::string adf_text(const json::object& document) {
    AdfWriter writer;
    writer.write(document);
    return writer.take();
}

}  // namespace pagepress::worker
