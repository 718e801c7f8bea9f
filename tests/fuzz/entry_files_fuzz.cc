// YAML files of catalog entries, as pagepressctl reads them: what has no problem is the same after
// it was written as YAML and read again.
#include <string>

#include <boost/json/object.hpp>

#include "common/base/invariant.h"
#include "common/catalog/documents.h"
#include "ingress/ctl/entry_files.h"
#include "ingress/ctl/yaml_text.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;
using namespace pagepress::ctl;

namespace {

const std::string kFile = "a.yaml";

void check_round_trip(const FileEntry& entry) {
    INVARIANT(is_entry_id(entry.id) && entry.line > 0 && entry.document.is_object());
    boost::json::object whole = entry.document.as_object();
    whole["kind"] = name_of(entry.kind);
    whole["id"] = entry.id;
    const EntryFiles again = read_entries(kFile, to_yaml(whole));
    INVARIANT(again.problems.empty() && again.entries.size() == 1);
    INVARIANT(again.entries[0].id == entry.id && again.entries[0].kind == entry.kind);
    INVARIANT(again.entries[0].document == entry.document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(test::FuzzInput(data, size).rest());
    const EntryFiles files = read_entries(kFile, text);
    for (const std::string& problem : files.problems) INVARIANT(problem.starts_with(kFile + ":"));
    if (!files.problems.empty()) return 0;
    for (const FileEntry& entry : files.entries) check_round_trip(entry);
    return 0;
}
