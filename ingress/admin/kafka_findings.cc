#include "ingress/admin/kafka_findings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "common/base/log.h"

namespace pagepress::ingress {

namespace {

using Level = Finding::Level;

std::optional<std::int64_t> number_from(const std::string& text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
}

std::string counted(int count, std::string_view noun) {
    return ingress::counted(static_cast<std::size_t>(count), noun);
}

std::string copies(int count) {
    return std::to_string(count) + (count == 1 ? " copy" : " copies");
}

/// What is wrong with one topic; the worst decides the level, all of it is said.
class TopicJudge {
public:
    TopicJudge(const TopicSpec& spec, const TopicFacts& facts) : spec_(spec), facts_(facts) {}

    Finding judge() {
        if (facts_.partitions == 0) {
            say(Level::kFail,
                "is missing; create it with 'pagepressctl topics create', or give the broker "
                "account the right to see it");
            return finding();
        }
        judge_partitions();
        judge_copies();
        judge_retention();
        return finding();
    }

private:
    void say(Level level, const std::string& what) {
        level_ = std::max(level_, level);
        message_ += (message_.empty() ? "" : "; ") + what;
    }

    [[nodiscard]] std::string setting(const std::string& name) const {
        const auto found = facts_.config.find(name);
        return found == facts_.config.end() ? std::string() : found->second;
    }

    [[nodiscard]] std::string advice(const std::string& name, const std::string& value) const {
        return "set it with kafka-configs --alter --entity-type topics --entity-name " +
               spec_.name + " --add-config " + name + "=" + value;
    }

    void judge_partitions() {
        if (facts_.leaderless > 0) {
            say(Level::kFail,
                counted(facts_.leaderless, "partition") +
                    (facts_.leaderless == 1 ? " has" : " have") +
                    " no leader; start the brokers that hold them");
        }
        // Order over all entries is what the catalog is read by.
        if (spec_.config.contains("cleanup.policy") &&
            spec_.config.at("cleanup.policy") == "compact" && facts_.partitions != 1) {
            say(Level::kFail,
                "has " + std::to_string(facts_.partitions) +
                    " partitions where it must have 1; delete it and create it anew, then apply "
                    "the files again");
        }
    }

    void judge_copies() {
        const auto wanted = number_from(setting("min.insync.replicas"));
        const std::int64_t needed = std::min<std::int64_t>(wanted.value_or(0), facts_.replication);
        if (needed > facts_.in_sync) {
            say(Level::kFail,
                "takes no records: " + copies(facts_.in_sync) +
                    (facts_.in_sync == 1 ? " is" : " are") + " in sync, " + std::to_string(needed) +
                    " must be; start the brokers that are away");
        } else if (facts_.in_sync < facts_.replication) {
            say(Level::kWarn,
                "only " + std::to_string(facts_.in_sync) + " of " +
                    std::to_string(facts_.replication) +
                    " copies are in sync; look at the brokers");
        }
        // Kafka 3.9 asks for no more copies than there are (Partition.effectiveMinIsr).
        if (wanted && *wanted > facts_.replication) {
            say(Level::kWarn,
                "min.insync.replicas " + std::to_string(*wanted) + " is more than its " +
                    copies(facts_.replication) + ", and older brokers take no records then; " +
                    advice("min.insync.replicas", std::to_string(facts_.replication)));
        }
        if (facts_.replication == 1) {
            say(Level::kWarn, "has one copy: a lost disk loses its records; use 3 brokers");
        } else if (wanted && *wanted == 1) {
            say(Level::kWarn,
                "a record counts as written with one copy; " + advice("min.insync.replicas", "2"));
        }
        if (setting("unclean.leader.election.enable") == "true") {
            say(Level::kWarn,
                "a broker that is behind may become leader and lose records; " +
                    advice("unclean.leader.election.enable", "false"));
        }
    }

    void judge_retention() {
        if (facts_.config.empty()) {
            say(Level::kWarn, "its settings cannot be told: the brokers do not say");
            return;
        }
        const auto spec_of = [&](const std::string& name) {
            const auto found = spec_.config.find(name);
            return found == spec_.config.end() ? std::string() : found->second;
        };
        const std::string policy = spec_of("cleanup.policy");
        if (!policy.empty() && setting("cleanup.policy") != policy) {
            // Compaction would take jobs away, deletion would take the catalog away.
            say(Level::kFail,
                "cleanup.policy is " + setting("cleanup.policy") + "; " +
                    advice("cleanup.policy", policy));
        }
        for (const char* const name :
             {"retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes"}) {
            const auto least = number_from(spec_of(name));
            const auto is = number_from(setting(name));
            if (!least || !is || *is == -1 || (*least != -1 && *is >= *least)) continue;
            say(Level::kWarn,
                std::string(name) + " is " + std::to_string(*is) + ", less than it should be; " +
                    advice(name, std::to_string(*least)));
        }
    }

    [[nodiscard]] Finding finding() const {
        Finding finding{.level = level_, .subject = "topic " + spec_.name, .message = message_};
        if (level_ != Level::kOk) return finding;
        finding.message = counted(facts_.partitions, "partition") + ", " +
                          copies(facts_.replication) + ", min.insync.replicas " +
                          setting("min.insync.replicas");
        return finding;
    }

    const TopicSpec& spec_;
    const TopicFacts& facts_;
    Level level_ = Level::kOk;
    std::string message_;
};

TopicFacts facts_of(const TopicSpec& spec, const ClusterFacts& facts) {
    const auto found = facts.topics.find(spec.name);
    return found == facts.topics.end() ? TopicFacts{} : found->second;
}

Finding finding_of(const TopicSpec& spec, const ClusterFacts& facts) {
    const TopicFacts topic = facts_of(spec, facts);
    return TopicJudge(spec, topic).judge();
}

Finding group_finding(const GroupFacts& facts, const std::string& group, bool has_topics) {
    Finding finding{.level = Level::kOk, .subject = "workers", .message = {}};
    if (facts.members == 0 && !has_topics) {
        finding.level = Level::kWarn;
        finding.message =
            "not checked, since topics are missing: a worker that runs joins the "
            "group " +
            group + " some time after they are created";
    } else if (facts.state.empty()) {
        finding.level = Level::kWarn;
        finding.message = "whether there are any cannot be told: the brokers do not say";
    } else if (facts.members == 0) {
        finding.level = Level::kFail;
        finding.message = "the group " + group +
                          " has no member: jobs wait; start a pagepress-worker, or name its group "
                          "with --worker-group";
    } else {
        finding.message =
            counted(facts.members, "member") + " in the group " + group + ", state " + facts.state;
    }
    return finding;
}

constexpr const char* kUnknown = "not checked, since Kafka does not answer";

}  // namespace

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::vector<Finding> topic_problems(const KafkaInspection& inspection) {
    std::vector<Finding> problems;
    if (!inspection.facts) return problems;
    for (const TopicSpec& spec : inspection.specs) {
        Finding finding = finding_of(spec, *inspection.facts);
        if (finding.level == Level::kOk) continue;
        const auto same = std::ranges::find_if(problems, [&](const Finding& problem) {
            return problem.level == finding.level && problem.message == finding.message;
        });
        if (same == problems.end()) {
            problems.push_back(std::move(finding));
        } else {
            same->subject += ", " + finding.subject;
        }
    }
    return problems;
}

bool log_topic_problems(const KafkaInspection& inspection) {
    for (const Finding& problem : topic_problems(inspection)) {
        log(problem.level == Level::kFail ? LogLevel::kError : LogLevel::kWarn,
            "Kafka's topics are not as they should be",
            {{"subject", problem.subject}, {"problem", problem.message}});
    }
    return inspection.facts.has_value();
}

std::vector<Finding> kafka_findings(const KafkaInspection& inspection, const std::string& group) {
    if (!inspection.facts) {
        return {
            {.level = Level::kFail,
             .subject = "Kafka",
             .message = inspection.facts.error().message +
                        "; check --kafka-brokers, and that the brokers run"},
            {.level = Level::kWarn, .subject = "topics", .message = kUnknown},
            {.level = Level::kWarn, .subject = "workers", .message = kUnknown}};
    }
    const ClusterFacts& facts = *inspection.facts;
    std::vector<Finding> findings{
        {.level = Level::kOk,
         .subject = "Kafka",
         .message =
             counted(facts.brokers, "broker") + (facts.brokers == 1 ? " answers" : " answer")}};
    bool has_topics = true;
    for (const TopicSpec& spec : inspection.specs) {
        findings.push_back(finding_of(spec, facts));
        if (facts_of(spec, facts).partitions == 0) has_topics = false;
    }
    findings.push_back(group_finding(facts.group, group, has_topics));
    return findings;
}

}  // namespace pagepress::ingress
