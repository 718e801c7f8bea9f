#include "worker/consume/dead_letters.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/trace_context.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kCutBytes = 1024;

void cut(Record& letter) {
    if (letter.value.size() <= kCutBytes) return;
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
    if (dead.job.first_failed_at != 0) {
        headers.push_back(
            {.name = "first_failed_at", .value = std::to_string(dead.job.first_failed_at)}
        );
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
    send(std::move(letter), error, attempts);
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
    send(std::move(letter), error, 0);
}

void DeadLetters::send(Letter letter, const Error& error, int attempts) {
    std::vector<RecordHeader>& headers = letter.record.headers;
    headers.push_back({.name = "reason", .value = error.message});
    headers.push_back({.name = "code", .value = std::string(name_of(error.code))});
    headers.push_back({.name = "attempts", .value = std::to_string(attempts)});
    headers.push_back({.name = "failed_at", .value = std::to_string(clock_.unix_now())});
    headers.push_back({.name = "partition", .value = std::to_string(letter.position.partition)});
    headers.push_back({.name = "offset", .value = std::to_string(letter.position.offset)});
    outbox_.send({
        .record = std::move(letter.record),
        .position = letter.position,
        .on_persisted =
            [this, position = letter.position, status = std::move(letter.status)] {
                on_buried_(position, status ? &*status : nullptr);
            },
        .shorten = cut,
    });
}

}  // namespace pagepress::worker
