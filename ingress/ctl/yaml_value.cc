#include "ingress/ctl/yaml_value.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "ingress/ctl/yaml_hints.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

// Aliases can make a small file huge, or endless.
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kNodesMax = 200'000;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
        if (text == word) return true;
    }
    return false;
}

template <typename T>
std::optional<T> number_from(std::string_view text) {
    T number{};
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || parsed != end) return std::nullopt;
    return number;
}

}  // namespace

json::value plain_value(std::string_view text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
    if (is_one_of(text, {"true", "True", "TRUE"})) return true;
    if (is_one_of(text, {"false", "False", "FALSE"})) return false;
    if (const auto number = number_from<std::int64_t>(text)) return *number;
    const auto real = number_from<double>(text);
    if (real && std::isfinite(*real)) return *real;
    return json::string(text);
}

int line_of(const YAML::Node& node) {
    return node.Mark().line + 1;
}

void YamlValueReader::report(const YAML::Node& node, const std::string& path, std::string message) {
    problems.push_back({line_of(node), {.field = path, .message = std::move(message)}});
}

json::value YamlValueReader::read(const YAML::Node& node, const std::string& path) {
    if (depth_ >= kDepthMax || nodes_ >= kNodesMax) {
        if (nodes_ <= kNodesMax) report(node, path, "the file is nested too deep or too large");
        nodes_ = kNodesMax + 1;  // said once is enough
        return nullptr;
    }
    ++nodes_;
    ++depth_;
    json::value value;
    if (node.IsMap()) {
        value = read_map(node, path);
    } else if (node.IsSequence()) {
        value = read_sequence(node, path);
    } else if (node.IsScalar()) {
        value = read_scalar(node, path);
    }
    --depth_;
    return value;
}

json::value YamlValueReader::read_map(const YAML::Node& node, const std::string& path) {
    json::object object;
    for (const auto& item : node) {
        if (!item.first.IsScalar()) {
            report(item.first, path, "has a member whose name is not plain text");
            continue;
        }
        const std::string& name = item.first.Scalar();
        const std::string member_path = path.empty() ? name : path + "." + name;
        if (object.contains(name)) {
            report(item.first, member_path, "is given twice");
            continue;
        }
        lines.emplace(member_path, line_of(item.first));
        object.emplace(name, read(item.second, member_path));
    }
    return object;
}

json::value YamlValueReader::read_sequence(const YAML::Node& node, const std::string& path) {
    json::array array;
    for (const auto& item : node) {
        const std::string item_path = path + "[" + std::to_string(array.size()) + "]";
        lines.emplace(item_path, line_of(item));
        array.push_back(read(item, item_path));
    }
    return array;
}

json::value YamlValueReader::read_plain(const YAML::Node& node, const std::string& path) {
    const std::string& text = node.Scalar();
    plain.emplace(path, text);
    json::value value = plain_value(text);
    for (std::string& warning : warnings_of_plain(text_, node.Mark().pos, text, value)) {
        warnings.push_back({line_of(node), {.field = path, .message = std::move(warning)}});
    }
    return value;
}

json::value YamlValueReader::read_scalar(const YAML::Node& node, const std::string& path) {
    const std::string& tag = node.Tag();
    if (tag == "?" || tag.empty()) return read_plain(node, path);
    // "!" is what the parser calls quoted and block scalars.
    if (tag != "!" && tag != "tag:yaml.org,2002:str") {
        report(node, path, "has the tag '" + tag + "', which is not known; leave it out");
    }
    return json::string(node.Scalar());
}

}  // namespace pagepress::ctl
