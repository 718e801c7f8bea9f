#include "common/base/nearest_word.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pagepress {

namespace {

/// Number of single-character edits between two short names (Levenshtein).
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0U : 1U);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest_word(std::string_view name, const std::vector<std::string>& known) {
    constexpr std::size_t kNameLengthMax = 40;
    constexpr std::size_t kDistanceMax = 3;
    if (name.size() > kNameLengthMax) return {};
    std::string_view best;
    std::size_t best_distance = std::min(kDistanceMax, name.size() / 2) + 1;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace pagepress
