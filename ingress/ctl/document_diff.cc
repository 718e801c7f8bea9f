#include "ingress/ctl/document_diff.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "ingress/ctl/line_diff.h"
#include "ingress/ctl/yaml_text.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

/// Members by path, in the order of the document. Lists of plain values count as one value.
using Leaves = std::vector<std::pair<std::string, const json::value*>>;

bool holds_containers(const json::array& array) {
    return std::ranges::any_of(array, [](const json::value& item) {
        return item.is_object() || item.is_array();
    });
}

void collect(const json::value& value, const std::string& path, Leaves& leaves) {
    const json::object* const object = value.if_object();
    const json::array* const array = value.if_array();
    if (object != nullptr && !object->empty()) {
        for (const auto& [name, member] : *object) {
            collect(
                member, path.empty() ? std::string(name) : path + "." + std::string(name), leaves
            );
        }
    } else if (array != nullptr && holds_containers(*array)) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            collect((*array)[i], path + "[" + std::to_string(i) + "]", leaves);
        }
    } else if (!path.empty()) {
        leaves.emplace_back(path, &value);
    }
}

const json::value* find_leaf(const Leaves& leaves, const std::string& path) {
    const auto found = std::ranges::find(leaves, path, &Leaves::value_type::first);
    return found == leaves.end() ? nullptr : found->second;
}

bool has_lines(const json::value& value) {
    return value.is_string() && value.get_string().find('\n') != json::string::npos;
}

/// A value on one line, as YAML writes it.
std::string one_line(const json::value& value) {
    if (value.is_array() || value.is_object() || has_lines(value)) return json::serialize(value);
    std::string text = to_yaml(value);
    text.pop_back();
    return text;
}

std::string indented(std::string_view text, std::string_view prefix) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        out.append(prefix).append(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string_view view_of(const json::value& value) {
    return {value.get_string().data(), value.get_string().size()};
}

std::string whole(char sign, const std::string& path, const json::value& value) {
    const std::string head = std::string("  ") + sign + " " + path + ":";
    if (!has_lines(value)) return head + " " + one_line(value) + "\n";
    std::string text(view_of(value));
    if (!text.ends_with('\n')) text.push_back('\n');
    return head + "\n" + indented(text, std::string("      ") + sign);
}

std::string change(const std::string& path, const json::value& before, const json::value& after) {
    const std::string head = "  ~ " + path + ":";
    const bool are_texts = before.is_string() && after.is_string();
    if (!are_texts || (!has_lines(before) && !has_lines(after))) {
        return head + " " + one_line(before) + " → " + one_line(after) + "\n";
    }
    const std::string lines = line_diff(view_of(before), view_of(after));
    if (lines.empty()) return head + " only line ends at the end differ\n";
    return head + "\n" + indented(lines, "      ");
}

}  // namespace

std::string diff_text(const json::value& before, const json::value& after) {
    Leaves old_leaves;
    Leaves new_leaves;
    collect(before, "", old_leaves);
    collect(after, "", new_leaves);
    std::string text;
    for (const auto& [path, value] : new_leaves) {
        const json::value* const old_value = find_leaf(old_leaves, path);
        if (old_value == nullptr) {
            text += whole('+', path, *value);
        } else if (*old_value != *value) {
            text += change(path, *old_value, *value);
        }
    }
    for (const auto& [path, value] : old_leaves) {
        if (find_leaf(new_leaves, path) == nullptr) text += whole('-', path, *value);
    }
    // Documents come from anywhere, and this goes to a terminal.
    std::ranges::replace_if(
        text,
        [](char c) {
            return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
        },
        ' '
    );
    return text;
}

}  // namespace pagepress::ctl
