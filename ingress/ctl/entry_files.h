// YAML files of catalog entries: read, checked, and every problem named with its line.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/error.h"
#include "common/catalog/catalog.h"
#include "common/catalog/documents.h"

namespace pagepress::ctl {

/// Kinds that files hold, in the order in which they are written: others name sites.
inline constexpr std::array kFileKinds{
    EntryKind::kSite, EntryKind::kRule, EntryKind::kSnapshot, EntryKind::kSchedule};

/// One entry of a file, checked.
struct FileEntry {
    EntryKind kind = EntryKind::kSite;
    std::string id;
    boost::json::value document;  ///< without `kind` and `id`
    std::string file;
    int line = 0;                                   ///< first line of the entry, from 1
    std::map<std::string, int, std::less<>> lines;  ///< line of each field by its JSON path

    /// Line of the problem's field, or of the nearest one around it.
    [[nodiscard]] int line_of(const Problem& problem) const;

    /// `file:line: field: message`, with that line.
    [[nodiscard]] std::string describe(const Problem& problem) const;
};

struct EntryFiles {
    std::vector<FileEntry> entries;     ///< in the order of files and documents
    std::vector<std::string> problems;  ///< every problem of every file: `file:line: …`
    std::vector<std::string> warnings;  ///< what is allowed, but probably not meant; same form
};

/// Reads files, and all `.yaml`, `.yml` and `.json` files in and below directories, by name. JSON
/// is YAML too. Hidden files and directories are left out. A file or directory that is named and
/// holds no entry is a problem.
[[nodiscard]] EntryFiles read_entry_files(const std::vector<std::string>& paths);

/// The documents of one file's text; called by `read_entry_files`, which also looks for ids that
/// are given twice.
[[nodiscard]] EntryFiles read_entries(const std::string& file, const std::string& text);

}  // namespace pagepress::ctl
