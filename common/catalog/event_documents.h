// The members of a rule's document that make it listen to events.
#pragma once

#include <vector>

#include "common/catalog/document_reader.h"
#include "common/catalog/model.h"

namespace pagepress {

/// Reads `events` and `condition` into `rule`; every problem is reported.
void read_rule_events(Rule& rule, DocumentReader& reader, std::vector<Problem>& problems);

}  // namespace pagepress
