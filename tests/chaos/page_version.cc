#include "tests/chaos/page_version.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "worker/press/stamp.h"

namespace pagepress::chaos {
namespace {

constexpr std::string_view kSeq = " seq-";
constexpr std::string_view kNote = "note-";
/// The fake's account of the product; people have others.
constexpr std::string_view kOwnAccount = "712020:0000-pagepress";

bool is_word_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
}

/// The word of letters, digits and dashes that ends where `text` does.
std::string_view last_word(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && is_word_character(text[begin - 1])) --begin;
    return text.substr(begin);
}

/// The digits that `text` begins with.
std::optional<std::int64_t> first_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    return number;
}

std::set<std::string> notes_in(std::string_view body) {
    std::set<std::string> notes;
    for (std::size_t at = body.find(kNote); at != std::string_view::npos;
         at = body.find(kNote, at + 1)) {
        if (const auto number = first_number(body.substr(at + kNote.size()))) {
            notes.insert(std::string(kNote) + std::to_string(*number));
        }
    }
    return notes;
}

}  // namespace

std::string summary_of(std::string_view issue, std::int64_t seq) {
    return std::string(issue) + std::string(kSeq) + std::to_string(seq);
}

Freshness freshness_of(std::string_view body) {
    Freshness shown;
    for (std::size_t at = body.find(kSeq); at != std::string_view::npos;
         at = body.find(kSeq, at + 1)) {
        const std::string issue(last_word(body.substr(0, at)));
        const auto seq = first_number(body.substr(at + kSeq.size()));
        if (issue.empty() || !seq) continue;
        const auto [entry, is_new] = shown.emplace(issue, *seq);
        if (!is_new) entry->second = std::min(entry->second, *seq);
    }
    return shown;
}

PageVersion page_version_from(const test::PublishedVersion& published) {
    PageVersion version{
        .page = published.page,
        .number = published.number,
        .is_own = published.author == kOwnAccount,
        .is_restore = published.is_restore,
        .shows = freshness_of(published.body),
        .notes = notes_in(published.body),
        .at = published.created_at,
    };
    auto stamp = worker::stamp_from_version_message(published.message);
    // Confluence takes no message with a create, so the stamp of the first version is in its body.
    if (published.number == 1) stamp = worker::stamp_from_body(published.body);
    if (stamp && version.is_own) {
        version.page_key = stamp->page_key;
        version.job_id = stamp->job_id;
    }
    return version;
}

}  // namespace pagepress::chaos
