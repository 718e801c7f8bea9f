// Atlassian Document Format, in which Jira's v3 API sends rich text, as plain text.
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace pagepress::worker {

/// Whether a JSON object is a document and not some other value of a field.
[[nodiscard]] bool is_adf_document(const boost::json::object& value);

/// The document's text, blocks on lines of their own. A node that has no text of its own (a file,
/// an app's block) or that is not known is named in brackets: nothing is dropped silently. Source:
/// Atlassian's "Atlassian Document Format" pages and JSON schema.
[[nodiscard]] std::string adf_text(const boost::json::object& document);

}  // namespace pagepress::worker
