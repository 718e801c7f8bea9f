#include "ingress/ctl/progress.h"

#include <algorithm>
#include <ostream>

#include "common/json/json_value.h"

namespace pagepress::ctl {

namespace {

constexpr std::int64_t kBarCells = 24;

std::string time_text(std::int64_t seconds) {
    const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    if (seconds < 60) return std::to_string(seconds) + " s";
    if (seconds < 3600) return std::to_string(seconds / 60) + ":" + two(seconds % 60) + " min";
    return std::to_string(seconds / 3600) + ":" + two(seconds / 60 % 60) + " h";
}

}  // namespace

BatchCounts counts_of(const boost::json::value& status) {
    const boost::json::value* const counts = find(status, "counts");
    const auto count = [&](std::string_view name) {
        return counts == nullptr ? 0
                                 : std::max<std::int64_t>(0, integer_at(*counts, name).value_or(0));
    };
    return {
        .total = std::max<std::int64_t>(0, integer_at(status, "total").value_or(0)),
        .done = count("done"),
        .coalesced = count("coalesced"),
        .skipped = count("skipped"),
        .dead = count("dead"),
    };
}

std::string progress_text(const BatchCounts& counts) {
    if (counts.total == 0) return "looking for what there is to do";
    std::string text = std::to_string(counts.over()) + " of " + std::to_string(counts.total);
    const char* separator = ": ";
    const auto add = [&](const char* name, std::int64_t count) {
        if (count == 0) return;
        text.append(separator).append(name).append(" ").append(std::to_string(count));
        separator = ", ";
    };
    add("done", counts.done);
    add("coalesced", counts.coalesced);
    add("skipped", counts.skipped);
    add("dead", counts.dead);
    return text;
}

std::string progress_bar(const BatchCounts& counts, Millis since_begin) {
    const std::int64_t over = std::min(counts.over(), counts.total);
    const std::int64_t filled = counts.total == 0 ? 0 : over * kBarCells / counts.total;
    const std::string percent =
        std::to_string(counts.total == 0 ? 0 : over * 100 / counts.total) + " %";
    std::string text = "[" + std::string(static_cast<std::size_t>(filled), '#') +
                       std::string(static_cast<std::size_t>(kBarCells - filled), '-') + "] " +
                       std::string(percent.size() < 5 ? 5 - percent.size() : 0, ' ') + percent +
                       "  " + progress_text(counts);
    if (over > 0 && over < counts.total && since_begin >= Millis(1000)) {
        const std::int64_t left = (counts.total - over) * since_begin.count() / over / 1000;
        text += "; about " + time_text(left) + " left";
    }
    return text;
}

void Progress::show(const boost::json::value& status) {
    const BatchCounts counts = counts_of(status);
    if (!first_) first_ = counts;
    if (style_ == Style::kLines) {
        if (shown_ != counts) out_ << progress_text(counts) << std::endl;
    } else {
        const auto since = std::chrono::duration_cast<Millis>(clock_.steady_now() - began_at_);
        // The whole bar is for the batch; the speed is of what was seen to happen.
        const bool has_speed = first_->over() == 0;
        out_ << "\r" << progress_bar(counts, has_speed ? since : Millis(0)) << "\x1b[K"
             << std::flush;
    }
    shown_ = counts;
}

void Progress::finish() {
    if (style_ == Style::kBar && shown_) out_ << std::endl;
}

}  // namespace pagepress::ctl
