// JSON of Confluence v2 for what the model holds.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "tests/support/fake_atlassian/confluence_model.h"

namespace pagepress::test {

enum class BodyForm { kNone, kStorage };

[[nodiscard]] boost::json::object space_json(const StoredSpace& space);

/// A version without what it contains.
[[nodiscard]] boost::json::object version_json(const StoredVersion& version);

/// A page as of one of its versions.
[[nodiscard]] boost::json::object page_json(
    const StoredPage& page, const StoredSpace& space, const StoredVersion& version, BodyForm form
);

[[nodiscard]] boost::json::object property_json(const StoredProperty& property);

}  // namespace pagepress::test
