#include "ingress/ctl/yaml_text.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <yaml-cpp/yaml.h>

#include "ingress/ctl/yaml_value.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

/// Whether a block scalar (`|`) keeps the text as it is: it ends in exactly one line end, and its
/// first line is neither empty nor indented, which would need an indentation indicator.
bool fits_block(std::string_view text) {
    const auto is_odd = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
    return text.size() > 1 && text.ends_with('\n') && !text.ends_with("\n\n") &&
           text.front() != ' ' && text.front() != '\n' && std::ranges::none_of(text, is_odd) &&
           text.find(" \n") == std::string_view::npos;
}

void emit_text(YAML::Emitter& out, const std::string& text) {
    if (fits_block(text)) {
        out << YAML::Literal << text;
    } else if (!plain_value(text).is_string() || text.find('\n') != std::string::npos) {
        out << YAML::DoubleQuoted << text;
    } else {
        out << text;
    }
}

void emit(YAML::Emitter& out, const json::value& value) {
    if (const json::object* object = value.if_object()) {
        if (object->empty()) out << YAML::Flow;
        out << YAML::BeginMap;
        for (const auto& [name, member] : *object) {
            out << YAML::Key << std::string(name) << YAML::Value;
            emit(out, member);
        }
        out << YAML::EndMap;
    } else if (const json::array* array = value.if_array()) {
        if (array->empty()) out << YAML::Flow;
        out << YAML::BeginSeq;
        for (const json::value& item : *array) emit(out, item);
        out << YAML::EndSeq;
    } else if (const json::string* text = value.if_string()) {
        emit_text(out, std::string(text->data(), text->size()));
    } else if (value.is_null()) {
        out << YAML::Null;
    } else if (value.is_bool()) {
        out << value.get_bool();
    } else if (value.is_int64()) {
        out << value.get_int64();
    } else {
        out << json::serialize(value);
    }
}

}  // namespace

std::string to_yaml(const json::value& value) {
    YAML::Emitter out;
    emit(out, value);
    std::string text(out.c_str(), out.size());
    if (!text.ends_with('\n')) text.push_back('\n');  // a block scalar brings its own
    return text;
}

}  // namespace pagepress::ctl
