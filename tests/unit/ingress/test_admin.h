// The admin API over a catalog in memory.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingress/admin/admin_service.h"
#include "ingress/auth/authenticator.h"
#include "tests/unit/ingress/fake_topics.h"
#include "tests/unit/ingress/fakes.h"

namespace pagepress::test {

using namespace pagepress::ingress;

/// The service over a catalog that shows every write at once, as the real one does after a while.
/// The token `the-admins-token` is the admin's, `janes-admin-token` is Jane's.
class Admin {
public:
    HttpReply call(
        std::string_view method,
        std::string_view path,
        std::string_view body = {},
        std::string_view headers = {},
        std::string_view token = "the-admins-token"
    ) {
        return service_.handle(RawRequest(text_of(method, path, body, headers, token)));
    }

    std::optional<LongPoll> long_poll(
        std::string_view method, std::string_view path, std::string_view token = "the-admins-token"
    ) {
        return service_.long_poll(RawRequest(text_of(method, path, {}, {}, token)));
    }

    [[nodiscard]] AdminService& service() { return service_; }

    void replace_tokens(std::string_view text) {
        service_.replace_tokens(AdminTokens::parse(text).value());
    }

    /// Called before every write of an entry; for changes by somebody else.
    std::function<void()> before_write = [] {};
    CatalogFixture fixture;
    FakeClock clock;
    KeyUses uses;
    Authenticator authenticator{fixture.catalog(), clock, uses};
    FakeRedis redis;
    Readiness readiness{fixture.catalog(), clock, Millis(5000)};
    std::optional<TopicsPlan> plan;
    std::string asked_group;           ///< by the doctor
    std::vector<Job> jobs;             ///< that were put on Kafka
    std::vector<std::string> traces;   ///< of the jobs
    std::optional<Error> kafka_error;  ///< why Kafka takes none
    FakeTopics topics{clock};
    /// Who changed which entry to what: `jane rule/release`, and the action if one was given.
    std::vector<std::string> changes;

private:
    static std::string text_of(
        std::string_view method,
        std::string_view path,
        std::string_view body,
        std::string_view headers,
        std::string_view token
    ) {
        return std::string(method) + " " + std::string(path) +
               " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + std::string(token) + "\r\n" +
               std::string(headers) + "\r\n" + std::string(body);
    }

    Result<std::int64_t> write(
        EntryKind kind,
        std::string_view id,
        const std::optional<std::string>& document,
        std::optional<std::int64_t> if_revision,
        const ChangeNote& note,
        const Precondition& precondition
    ) {
        before_write();
        const auto stored = fixture.catalog().stored(kind, id);
        if (if_revision && *if_revision != (stored ? stored->revision : 0)) {
            return fail(ErrorCode::kConflict, "it has another revision");
        }
        if (precondition) {
            const auto removed = precondition();
            if (!removed) return std::unexpected(removed.error());
            for (const EntryName& name : *removed) {
                changes.push_back(
                    std::string(note.admin) + " " + record_key(name.kind, name.id) + " revoked"
                );
                fixture.put(record_key(name.kind, name.id), "");
            }
        }
        const std::string action = note.action.empty() ? "" : " " + std::string(note.action);
        changes.push_back(std::string(note.admin) + " " + record_key(kind, id) + action);
        return fixture.put(record_key(kind, id), document.value_or(""));
    }

    CountingRandom random_;
    Metrics metrics_;
    AdminService service_{
        AdminPorts{
            .catalog = fixture.catalog(),
            .clock = clock,
            .random = random_,
            .redis = redis,
            .metrics = metrics_,
            .write_entry = [this](
                               EntryKind kind,
                               std::string_view id,
                               const std::optional<std::string>& document,
                               std::optional<std::int64_t> if_revision,
                               const ChangeNote& note,
                               const Precondition& precondition
                           ) { return write(kind, id, document, if_revision, note, precondition); },
            .create_topics = [this](const TopicsPlan& asked) -> Result<std::vector<std::string>> {
                plan = asked;
                return std::vector<std::string>{"pagepress.jobs"};
            },
            .inspect_kafka =
                [this](const std::string& group) {
                    asked_group = group;
                    return KafkaInspection{.specs = {}, .facts = ClusterFacts{.brokers = 1}};
                },
            .put_job = [this](const Job& job, const std::string& traceparent) -> Result<void> {
                if (kafka_error) return std::unexpected(*kafka_error);
                jobs.push_back(job);
                traces.push_back(traceparent);
                return {};
            },
            .topics = {.jobs = "jobs", .dead = "dead", .audit = "audit"},
            .scan_topic = [this](
                              const ScanRequest& request, const ScanVisitor& visit
                          ) { return topics.scan(request, visit); },
            .read_records = [this](
                                const std::string& topic,
                                const std::vector<RecordPlace>& places,
                                std::size_t bytes_max
                            ) { return topics.read(topic, places, bytes_max); },
            .send_records = [this](const std::vector<Record>& records
                            ) { return topics.send(records); },
        },
        AdminTokens::parse("the-admins-token\njane janes-admin-token\n").value(),
        readiness,
        metrics_,
        [this] { metrics_.gauge("pagepress_test", "Set when asked for.").set(7); },
    };
};

}  // namespace pagepress::test
