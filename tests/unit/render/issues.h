// Issues for the tests of rendering.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>

#include "common/json/json_value.h"
#include "worker/jira/jira.h"

namespace pagepress::test {

/// An issue PROJ-42 with these fields and labels, both as JSON objects.
inline worker::Issue issue_with(std::string_view fields, std::string_view names = "{}") {
    worker::Issue issue;
    issue.id = "10042";
    issue.key = "PROJ-42";
    issue.fields = boost::json::parse(fields).as_object();
    const boost::json::value labels = boost::json::parse(names);
    for (const auto& [id, label] : labels.as_object()) {
        issue.names.emplace(id, label.as_string());
    }
    return issue;
}

/// The issue of the fixtures that has a field of every type, with texts full of markup.
inline worker::Issue issue_of_all_field_types() {
    std::ifstream file(FIXTURES_DIR "/jira/issue-all-field-types.json");
    std::stringstream text;
    text << file.rdbuf();
    const boost::json::value document = boost::json::parse(text.str());
    worker::Issue issue;
    issue.id = string_at(document, "id");
    issue.key = string_at(document, "key");
    issue.fields = document.at("fields").as_object();
    for (const auto& [id, label] : document.at("names").as_object()) {
        issue.names.emplace(id, label.as_string());
    }
    return issue;
}

}  // namespace pagepress::test
