#include "worker/render/labels.h"

#include <algorithm>
#include <cstdint>

#include "common/base/ascii.h"
#include "worker/render/code_points.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kCharactersMax = 255;
/// Of one template. Its text is an issue's, which anybody may have written.
constexpr std::size_t kLabelsMax = 100;

/// Confluence refuses a label with one of these, and takes a blank for the end of it.
bool is_refused(std::uint32_t character) {
    constexpr std::string_view kRefused = "!#&()*,.:;<>?@[]^";
    if (character <= 0x20 || (character >= 0x7F && character <= 0xA0)) return true;
    if (character == 0x2028 || character == 0x2029) return true;
    return character < 0x7F && kRefused.contains(static_cast<char>(character));
}

Result<std::string> label_of(std::string_view text) {
    std::string label;
    std::size_t characters = 0;
    bool is_dash_due = false;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint character = code_point_at(text, at);
        at += character.size;
        if (is_refused(character.value)) {
            is_dash_due = !label.empty();
            continue;
        }
        characters += is_dash_due ? 2 : 1;
        if (is_dash_due) label.push_back('-');
        is_dash_due = false;
        append_utf8(label, character.value);
    }
    if (characters > kCharactersMax) {
        return fail(
            ErrorCode::kInvalidInput,
            "a label has " + std::to_string(characters) +
                " characters, Confluence takes at most 255; shorten its template"
        );
    }
    return lower_cased(label);
}

}  // namespace

Result<std::vector<std::string>> labels_from(std::string_view text) {
    std::vector<std::string> labels;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        auto label = label_of(text.substr(at, end - at));
        if (!label) return std::unexpected(std::move(label.error()));
        if (!label->empty()) merge_labels(labels, {*label});
        if (labels.size() > kLabelsMax) {
            return fail(
                ErrorCode::kInvalidInput,
                "a template gives more than 100 labels; take a field that holds fewer"
            );
        }
        at = end + 1;
    }
    return labels;
}

void merge_labels(std::vector<std::string>& labels, const std::vector<std::string>& more) {
    for (const std::string& label : more) {
        if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
    }
}

}  // namespace pagepress::worker
