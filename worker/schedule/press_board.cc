#include "worker/schedule/press_board.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pagepress::worker {

namespace {

constexpr std::size_t kReasonBytesMax = 300;
/// What is past is swept away this often at the most: it goes over all that is parked.
constexpr UnixMillis kSweepMs = 1'000;

/// Cut between characters (UTF-8).
std::string cut(std::string text) {
    if (text.size() <= kReasonBytesMax) return text;
    std::size_t size = kReasonBytesMax;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    text.resize(size);
    return text + "…";
}

/// Those that wait for long have left the worker.
bool is_parked(const JobResult& result) {
    return comes_again(result.verdict) && !result.due_at;
}

}  // namespace

void PressBoard::begin(const Press& press) {
    const Job& first = press.jobs.front().job;
    Running row{
        .key = press.key,
        .site = first.site,
        .jobs = press.jobs.size(),
        .first_job = first.id,
        .since = clock_.unix_now()};
    const MutexLock lock(mutex_);
    parked_.erase(press.key);
    running_.insert_or_assign(press.key, std::move(row));
}

void PressBoard::end(const PressResult& result) {
    const auto now = clock_.unix_now();
    const auto first = std::ranges::find_if(result.results, is_parked);
    const MutexLock lock(mutex_);
    running_.erase(result.key);
    if (first == result.results.end()) return;
    forget_past(now);
    if (parked_.size() >= kParkedMax) {
        ++not_kept_;
        return;
    }
    const auto wait =
        std::chrono::duration_cast<Millis>(result.not_before - clock_.steady_now()).count();
    parked_.insert_or_assign(
        result.key,
        Parked{
            .key = result.key,
            .site = first->job.job.site,
            .jobs = static_cast<std::size_t>(std::ranges::count_if(result.results, is_parked)),
            .first_job = first->job.job.id,
            .attempts = first->status.attempts,
            .reason = cut(first->status.reason),
            .since = now,
            .until = now + std::max<std::int64_t>(0, wait)}
    );
}

/// A key whose time has come waits for an executor, or went to another worker with its partition.
void PressBoard::forget_past(UnixMillis now) {
    if (now < next_sweep_) return;
    next_sweep_ = now + kSweepMs;
    not_kept_ = 0;
    std::erase_if(parked_, [now](const auto& entry) { return entry.second.until < now; });
}

PressBoard::View PressBoard::view(std::size_t rows_max) const {
    const auto now = clock_.unix_now();
    View view;
    const MutexLock lock(mutex_);
    for (const auto& [key, row] : running_) {
        if (view.running.size() < rows_max) view.running.push_back(row);
    }
    view.running_count = running_.size();
    view.parked_count = not_kept_;
    for (const auto& [key, row] : parked_) {
        if (row.until < now) continue;
        ++view.parked_count;
        if (view.parked.size() < rows_max) view.parked.push_back(row);
    }
    return view;
}

}  // namespace pagepress::worker
