// Who is mentioned in a text of Jira, in either of its two forms. Pure.
#pragma once

#include <set>
#include <string>

#include <boost/json/value.hpp>

namespace pagepress::ingress {

/// Ids (or user names, on Data Center) of the people mentioned.
///
/// @param text  wiki markup (`[~accountid:5b10…]`, `[~jdoe]`), or a document in Atlassian's format
///              (nodes of type `mention`); anything else mentions nobody
[[nodiscard]] std::set<std::string> mentions_in(const boost::json::value& text);

}  // namespace pagepress::ingress
