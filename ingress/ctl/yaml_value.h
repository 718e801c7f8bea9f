// JSON values from YAML nodes (YAML 1.2 core schema), with the line of every field. Private to the
// reader of entry files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>
#include <yaml-cpp/yaml.h>

#include "common/catalog/documents.h"

namespace pagepress::ctl {

struct YamlProblem {
    int line = 0;  ///< from 1
    Problem problem;
};

/// Converts the nodes of one file.
class YamlValueReader {
public:
    /// @param text  of the file that the nodes are of; outlives the reader
    explicit YamlValueReader(std::string_view text) : text_(text) {}

    [[nodiscard]] boost::json::value read(const YAML::Node& node, const std::string& path);

    std::map<std::string, int, std::less<>> lines;          ///< by JSON path
    std::map<std::string, std::string, std::less<>> plain;  ///< unquoted values by JSON path
    std::vector<YamlProblem> problems;
    std::vector<YamlProblem> warnings;  ///< what YAML reads otherwise than people do

private:
    boost::json::value read_map(const YAML::Node& node, const std::string& path);
    boost::json::value read_sequence(const YAML::Node& node, const std::string& path);
    boost::json::value read_scalar(const YAML::Node& node, const std::string& path);
    void report(const YAML::Node& node, const std::string& path, std::string message);

    boost::json::value read_plain(const YAML::Node& node, const std::string& path);

    std::string_view text_;
    std::size_t depth_ = 0;
    std::size_t nodes_ = 0;
};

/// Value of a plain scalar: null, boolean, number or text (YAML 1.2.2 §10.3.2), without octal,
/// hexadecimal and not finite numbers, which nothing here needs.
[[nodiscard]] boost::json::value plain_value(std::string_view text);

/// Line of a node, from 1.
[[nodiscard]] int line_of(const YAML::Node& node);

}  // namespace pagepress::ctl
