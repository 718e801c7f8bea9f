// What an error body says, in any of the forms in which Confluence, Jira, their gateway and proxies
// write one: JSON of six shapes, HTML, plain text, or nothing.
#pragma once

#include <string>
#include <string_view>

#include "common/http_client/http_client.h"

namespace pagepress::worker {

enum class Words {
    kAsSent,     ///< for matching: the name of an exception can be all that there is
    kForPeople,  ///< without names of exceptions
};

/// All that the body says; of HTML, its title. Empty if it says nothing.
[[nodiscard]] std::string text_of(const HttpAnswer& answer, Words words);

/// Whether the body is HTML: that is never an answer of the API itself.
[[nodiscard]] bool is_html(const HttpAnswer& answer);

/// `text` as one line of at most 500 bytes and an ellipsis, cut between characters.
[[nodiscard]] std::string as_line(std::string text);

}  // namespace pagepress::worker
