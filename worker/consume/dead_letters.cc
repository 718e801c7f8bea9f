#include "worker/consume/dead_letters.h"

#include <utility>

#include "common/base/log.h"

namespace pagepress::worker {

namespace {

constexpr Millis kRetryInterval{1000};

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
        const auto sent = sink_.append(open_.at(ticket).record, ticket);
        if (sent) continue;
        still_waiting.push_back(ticket);
        not_before_ = clock_.steady_now() + kRetryInterval;
    }
    waiting_ = std::move(still_waiting);
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
