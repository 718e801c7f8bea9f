// Topics in memory, as the admin routes read and write them.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ingress/admin/admin_ports.h"
#include "tests/unit/ingress/fakes.h"

namespace pagepress::test {

using namespace pagepress::ingress;

/// Every topic has one partition, number 0.
class FakeTopics {
public:
    explicit FakeTopics(const Clock& clock) : clock_(clock) {}

    std::int64_t append(Record record) {
        auto& records = topics[record.topic];
        const auto offset = static_cast<std::int64_t>(records.size());
        records.push_back(
            {.record = std::move(record),
             .place = {.partition = 0, .offset = offset},
             .written_at = clock_.unix_now()}
        );
        return offset;
    }

    /// A letter as a worker buries it. Returns its id.
    std::string bury(const std::string& value, const std::string& reason, const std::string& code) {
        const std::int64_t offset = append({
            .topic = "dead",
            .key = "k",
            .value = value,
            .headers =
                {{.name = "reason", .value = reason},
                 {.name = "code", .value = code},
                 {.name = "attempts", .value = "3"},
                 {.name = "first_failed_at", .value = std::to_string(clock_.unix_now() - 60'000)},
                 {.name = "failed_at", .value = std::to_string(clock_.unix_now())},
                 {.name = "partition", .value = "5"},
                 {.name = "offset", .value = "77"}},
        });
        return "0-" + std::to_string(offset);
    }

    Result<ScanEnd> scan(const ScanRequest& request, const ScanVisitor& visit) {
        ++scans;
        if (is_down) return fail(ErrorCode::kUnavailable, "the topic cannot be read now");
        const auto& records = topics[request.topic];
        const auto end = static_cast<std::int64_t>(records.size());
        std::int64_t next = request.from.empty() ? 0 : request.from.front();
        for (std::int64_t budget = records_per_scan; next < end && budget > 0; --budget) {
            ++records_read;
            const auto& record = records[static_cast<std::size_t>(next++)];
            if (visit(record) == ScanStep::kStop) break;
        }
        return ScanEnd{.next = {next}, .is_complete = next == end};
    }

    ReadRecords read(
        const std::string& topic, const std::vector<RecordPlace>& places, std::size_t bytes_max
    ) {
        ReadRecords read;
        std::size_t bytes = 0;
        const auto& records = topics[topic];
        for (const RecordPlace& place : places) {
            if (read.places_read > 0 && bytes >= bytes_max) break;
            ++read.places_read;
            const auto found = std::ranges::find(records, place, &ScannedRecord::place);
            if (found == records.end()) continue;
            bytes += found->record.value.size();
            read.records.push_back(*found);
        }
        return read;
    }

    std::vector<bool> send(const std::vector<Record>& records) {
        std::vector<bool> acknowledged;
        for (const Record& record : records) {
            const bool is_taken = !refuses || !refuses(record);
            if (is_taken) append(record);
            acknowledged.push_back(is_taken);
        }
        return acknowledged;
    }

    [[nodiscard]] std::vector<std::string> values(const std::string& topic) {
        std::vector<std::string> out;
        for (const ScannedRecord& record : topics[topic]) out.push_back(record.record.value);
        return out;
    }

    std::map<std::string, std::vector<ScannedRecord>> topics;
    std::function<bool(const Record&)> refuses;
    std::int64_t records_per_scan = 1'000'000;  ///< as if the time were over then
    std::int64_t records_read = 0;
    int scans = 0;
    bool is_down = false;

private:
    const Clock& clock_;
};

}  // namespace pagepress::test
