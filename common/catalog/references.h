// What a catalog entry names: whether it is there.
#pragma once

#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "common/catalog/catalog.h"
#include "common/catalog/documents.h"

namespace pagepress {

/// Checks a document as its own reader does, and that what it names is in the catalog: its site,
/// and what a schedule refreshes unless it is switched off.
///
/// @param kind  of a document that people write: any but kApiKey
[[nodiscard]] std::vector<Problem> problems_of_entry(
    EntryKind kind, std::string_view id, const boost::json::value& document, const Catalog& catalog
);

}  // namespace pagepress
