#include "ingress/ctl/entry_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include <boost/json/object.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "ingress/ctl/yaml_hints.h"
#include "ingress/ctl/yaml_value.h"

namespace pagepress::ctl {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;

std::string place(const std::string& file, int line) {
    return file + ":" + std::to_string(line);
}

std::string line_text(const std::string& file, int line, const Problem& problem) {
    const std::string field = problem.field.empty() ? "" : problem.field + ": ";
    return place(file, line) + ": " + field + problem.message;
}

/// Problems of one entry, which go on the list by their lines at the end, as a person mends them.
class LineProblems {
public:
    LineProblems(const std::string& file, std::vector<std::string>& list)
        : file_(file), list_(list) {}

    LineProblems(const LineProblems&) = delete;
    LineProblems& operator=(const LineProblems&) = delete;

    ~LineProblems() {
        std::ranges::stable_sort(found_, {}, &std::pair<int, Problem>::first);
        for (const auto& [line, problem] : found_) list_.push_back(line_text(file_, line, problem));
    }

    void add(int line, Problem problem) { found_.emplace_back(line, std::move(problem)); }

private:
    const std::string& file_;
    std::vector<std::string>& list_;
    std::vector<std::pair<int, Problem>> found_;
};

std::vector<Problem> problems_of(EntryKind kind, std::string_view id, const json::value& document) {
    switch (kind) {
        case EntryKind::kSite:
            return read_site(id, document).problems;
        case EntryKind::kRule:
            return read_rule(id, document).problems;
        case EntryKind::kSnapshot:
            return read_snapshot(id, document).problems;
        case EntryKind::kSchedule:
            return read_schedule(id, document).problems;
        case EntryKind::kApiKey:
            break;
    }
    INVARIANT(false);
}

std::optional<EntryKind> kind_from(std::string_view word) {
    for (const EntryKind kind : kFileKinds) {
        if (name_of(kind) == word) return kind;
    }
    return std::nullopt;
}

/// Text of a member that every entry begins with, as it stands in the file (`id: 7` is "7").
std::string head_text(const YAML::Node& node, const std::string& name) {
    const YAML::Node member = node[name];
    return member && member.IsScalar() ? member.Scalar() : std::string();
}

/// Reads one document of a file into `files`.
void read_entry(
    const std::string& file, std::string_view text, const YAML::Node& node, EntryFiles& files
) {
    const int line = line_of(node);
    if (!node.IsMap()) {
        const Problem problem{
            .field = "", .message = "must be an entry that begins with kind and id"};
        files.problems.push_back(line_text(file, line, problem));
        return;
    }
    LineProblems found_problems(file, files.problems);
    YamlValueReader reader(text);
    FileEntry entry;
    entry.file = file;
    entry.line = line;
    entry.document = reader.read(node, "");
    entry.lines = std::move(reader.lines);
    for (const YamlProblem& found : reader.problems) found_problems.add(found.line, found.problem);
    for (const YamlProblem& found : reader.warnings) {
        files.warnings.push_back(line_text(file, found.line, found.problem));
    }
    const auto line_of_member = [&](std::string_view name) {
        const auto found = entry.lines.find(name);
        return found == entry.lines.end() ? line : found->second;
    };
    entry.id = head_text(node, "id");
    if (!is_entry_id(entry.id)) {
        found_problems.add(
            line_of_member("id"),
            {"id",
             "must be given: 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or "
             "digit"}
        );
    }
    const auto kind = kind_from(head_text(node, "kind"));
    if (!kind) {
        found_problems.add(
            line_of_member("kind"), {"kind", "must be site, rule, snapshot or schedule"}
        );
        return;
    }
    entry.kind = *kind;
    entry.document.as_object().stable_erase("kind");
    entry.document.as_object().stable_erase("id");
    for (Problem& problem : problems_of(entry.kind, entry.id, entry.document)) {
        const auto plain = reader.plain.find(problem.field);
        if (plain != reader.plain.end()) {
            problem = with_value_hint(std::move(problem), plain->second);
        }
        found_problems.add(entry.line_of(problem), problem);
    }
    files.entries.push_back(std::move(entry));
}

/// Where documents begin, and nothing else of them.
class DocumentStarts final : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (last_ && last_->pos == mark.pos) stuck_at = mark;
        last_ = mark;
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&)
        override {}

    void OnSequenceStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {}

    void OnSequenceEnd() override {}

    void OnMapStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {}

    void OnMapEnd() override {}

    std::optional<YAML::Mark> stuck_at;

private:
    std::optional<YAML::Mark> last_;
};

/// Where yaml-cpp would find empty documents until the memory is full: at what can neither begin
/// nor end one, such as a comma, it does not move on. Throws what YAML::LoadAll throws.
std::optional<YAML::Mark> endless_documents_at(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentStarts starts;
    while (!starts.stuck_at && parser.HandleNextDocument(starts)) {
    }
    return starts.stuck_at;
}

bool is_entry_file(const fs::path& path) {
    static const std::array<fs::path, 3> kExtensions{".yaml", ".yml", ".json"};
    return std::ranges::find(kExtensions, path.extension()) != kExtensions.end();
}

bool is_hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

/// Files in and below a directory, by name; `error` tells what went wrong.
std::vector<std::string> files_below(const fs::path& directory, std::error_code& error) {
    std::vector<std::string> found;
    fs::recursive_directory_iterator at(directory, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (is_hidden(at->path())) {
            if (at->is_directory(error)) at.disable_recursion_pending();
        } else if (at->is_regular_file(error) && is_entry_file(at->path())) {
            found.push_back(at->path().string());
        }
    }
    std::ranges::sort(found);
    return found;
}

void append(EntryFiles& all, EntryFiles more) {
    std::ranges::move(more.entries, std::back_inserter(all.entries));
    std::ranges::move(more.problems, std::back_inserter(all.problems));
    std::ranges::move(more.warnings, std::back_inserter(all.warnings));
}

void read_file(const std::string& path, EntryFiles& files) {
    // Counted while it is read: a pipe or a device has no size to ask for.
    std::ifstream file(path, std::ios::binary);
    std::string text;
    std::array<char, 64 * 1024> part;
    while (file && text.size() <= kFileBytesMax) {
        file.read(part.data(), part.size());
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (text.size() > kFileBytesMax) {
        files.problems.push_back(path + ": is larger than 16 MiB; split it");
    } else if (!file.eof()) {
        files.problems.push_back(path + ": cannot be read");
    } else {
        append(files, read_entries(path, text));
    }
}

bool is_empty(const EntryFiles& files) {
    return files.entries.empty() && files.problems.empty();
}

/// A file that was named is meant to hold something; in a folder it may be all comments.
void read_named_file(const std::string& path, EntryFiles& files) {
    EntryFiles own;
    read_file(path, own);
    if (is_empty(own)) {
        own.problems.push_back(path + ": holds no entry; an entry begins with kind and id");
    }
    append(files, std::move(own));
}

void read_path(const std::string& path, EntryFiles& files) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return read_named_file(path, files);
    const std::vector<std::string> found = files_below(path, error);
    if (error) files.problems.push_back(path + ": cannot be read: " + error.message());
    if (found.empty() && !error) {
        files.problems.push_back(path + ": holds no .yaml, .yml or .json file");
    }
    EntryFiles below;
    for (const std::string& file : found) read_file(file, below);
    if (is_empty(below) && !found.empty()) {
        below.problems.push_back(path + ": none of its files holds an entry");
    }
    append(files, std::move(below));
}

void report_twice(EntryFiles& files) {
    std::map<std::string, std::string> first_places;
    for (const FileEntry& entry : files.entries) {
        const auto [at, is_new] =
            first_places.emplace(record_key(entry.kind, entry.id), place(entry.file, entry.line));
        if (is_new) continue;
        const std::string what = std::string(name_of(entry.kind)) + " '" + entry.id + "'";
        files.problems.push_back(entry.describe({"id", what + " is given already at " + at->second})
        );
    }
}

}  // namespace

int FileEntry::line_of(const Problem& problem) const {
    std::string path = problem.field;
    while (!path.empty()) {
        const auto found = lines.find(path);
        if (found != lines.end()) return found->second;
        const std::size_t end = path.find_last_of(".[");
        path.resize(end == std::string::npos ? 0 : end);
    }
    return line;
}

std::string FileEntry::describe(const Problem& problem) const {
    return line_text(file, line_of(problem), problem);
}

EntryFiles read_entries(const std::string& file, const std::string& text) {
    EntryFiles files;
    if (!is_utf8(text)) {
        files.problems.push_back(file + ": is not UTF-8 text");
        return files;
    }
    const auto report_at = [&](const YAML::Mark& mark, const std::string& what) {
        const std::string column = std::to_string(mark.column + 1);
        files.problems.push_back(place(file, mark.line + 1) + ":" + column + ": " + what);
    };
    try {
        if (const auto mark = endless_documents_at(text)) {
            report_at(*mark, "no entry can begin here; quote the text or remove it");
            return files;
        }
        for (const YAML::Node& node : YAML::LoadAll(text)) {
            if (node.IsDefined() && !node.IsNull()) read_entry(file, text, node, files);
        }
    } catch (const YAML::Exception& error) {
        report_at(error.mark, with_syntax_hint(error.msg, line_at(text, error.mark.line + 1)));
    }
    return files;
}

EntryFiles read_entry_files(const std::vector<std::string>& paths) {
    EntryFiles files;
    for (const std::string& path : paths) read_path(path, files);
    report_twice(files);
    return files;
}

}  // namespace pagepress::ctl
