#include "worker/consume/dead_letters.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/trace_context.h"

namespace pagepress::worker {

namespace {

constexpr Millis kRetryInterval{1000};
constexpr std::size_t kCutBytes = 1024;

void cut(Record& letter) {
    letter.headers.push_back({.name = "cut_from", .value = std::to_string(letter.value.size())});
    letter.value.resize(std::min(letter.value.size(), kCutBytes));
    std::erase_if(letter.headers, [](const RecordHeader& header) {
        return header.value.size() > kCutBytes;
    });
}

}  // namespace

void DeadLetters::bury(JobResult dead) {
    const Error error{.code = dead.code, .message = dead.status.reason};
    const int attempts = dead.status.attempts;
    std::vector<RecordHeader> headers;
    if (!dead.status.page_id.empty()) {
        headers.push_back({.name = "page_id", .value = dead.status.page_id});
    }
    Letter letter{
        .record =
            {.topic = topic_,
             .key = route_key(dead.job.job),
             .value = encode(dead.job.job),
             .headers = std::move(headers)},
        .position = dead.job.position,
        .status = std::move(dead.status),
    };
    if (!dead.job.traceparent.empty()) {
        letter.record.headers.push_back(
            {.name = std::string(kTraceHeader), .value = std::move(dead.job.traceparent)}
        );
    }
    add(std::move(letter), error, attempts);
}

void DeadLetters::bury(
    const IncomingRecord& record, const RecordPosition& position, const Error& error
) {
    log_error(
        "record is not a job: buried",
        {{"partition", record.partition}, {"offset", record.offset}, {"reason", error.message}}
    );
    Letter letter{
        .record =
            {.topic = topic_, .key = record.key, .value = record.value, .headers = record.headers},
        .position = position,
        .status = std::nullopt,
    };
    add(std::move(letter), error, 0);
}

void DeadLetters::add(Letter letter, const Error& error, int attempts) {
    std::vector<RecordHeader>& headers = letter.record.headers;
    headers.push_back({.name = "reason", .value = error.message});
    headers.push_back({.name = "code", .value = std::string(name_of(error.code))});
    headers.push_back({.name = "attempts", .value = std::to_string(attempts)});
    headers.push_back({.name = "failed_at", .value = std::to_string(clock_.unix_now())});
    headers.push_back({.name = "partition", .value = std::to_string(letter.position.partition)});
    headers.push_back({.name = "offset", .value = std::to_string(letter.position.offset)});
    const std::uint64_t ticket = next_ticket_++;
    open_.emplace(ticket, std::move(letter));
    waiting_.push_back(ticket);
    send_waiting();
}

void DeadLetters::send_waiting() {
    if (waiting_.empty() || clock_.steady_now() < not_before_) return;
    std::vector<std::uint64_t> still_waiting;
    for (const std::uint64_t ticket : std::exchange(waiting_, {})) {
        if (send(ticket)) continue;
        still_waiting.push_back(ticket);
        not_before_ = clock_.steady_now() + kRetryInterval;
    }
    waiting_ = std::move(still_waiting);
}

bool DeadLetters::send(std::uint64_t ticket) {
    Record& letter = open_.at(ticket).record;
    auto sent = sink_.append(letter, ticket);
    if (!sent && sent.error().code == ErrorCode::kTooLarge && letter.value.size() > kCutBytes) {
        cut(letter);
        sent = sink_.append(letter, ticket);
    }
    if (!sent) {
        log_debug(
            "dead letter not taken: tried again",
            {{"topic", topic_}, {"reason", sent.error().message}}
        );
    }
    return sent.has_value();
}

void DeadLetters::on_delivery(const Delivery& delivery) {
    const auto found = open_.find(delivery.ticket);
    if (found == open_.end()) return;
    if (delivery.persistence != Persistence::kPersisted) {
        log_warn(
            "dead letter not delivered: sent again; offsets wait until the topic takes it",
            {{"topic", topic_}, {"reason", delivery.reason}}
        );
        waiting_.push_back(delivery.ticket);
        not_before_ = clock_.steady_now() + kRetryInterval;
        return;
    }
    const Letter letter = std::move(found->second);
    open_.erase(found);
    on_buried_(letter.position, letter.status ? &*letter.status : nullptr);
}

}  // namespace pagepress::worker
