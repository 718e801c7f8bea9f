#include "worker/worker_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pagepress::worker {

namespace {

Option millis_option(
    std::string name,
    std::string default_value,
    std::int64_t low,
    std::int64_t high,
    std::string help
) {
    return {
        .name = std::move(name),
        .type = OptionType::kMillis,
        .default_value = std::move(default_value),
        .help = std::move(help),
        .low = low,
        .high = high,
    };
}

Option count_option(
    std::string name,
    std::string default_value,
    std::int64_t low,
    std::int64_t high,
    std::string help
) {
    Option option =
        millis_option(std::move(name), std::move(default_value), low, high, std::move(help));
    option.type = OptionType::kInteger;
    return option;
}

std::vector<Option> own_options() {
    return {
        {.name = "admin-listen",
         .type = OptionType::kAddress,
         .default_value = "127.0.0.1:8082",
         .help = "Private listener: /healthz, /readyz, /metrics, /doctor, /debug/presses."},
        {.name = "ports-file",
         .type = OptionType::kText,
         .default_value = "",
         .help = "File to write the listening ports to, name=port lines."},
        {.name = "group",
         .type = OptionType::kText,
         .default_value = "pagepress-worker",
         .help = "Consumer group of all workers."},
        {.name = "ca-file",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "PEM bundle to trust for Jira and Confluence instead of the system's."},
        {.name = "state-dir",
         .type = OptionType::kText,
         .default_value = "",
         .help =
             "Folder of this worker alone, where attempts are counted while Redis is away; empty: "
             "they are not."},
        {.name = "doctor-writes-to",
         .type = OptionType::kText,
         .default_value = "",
         .help = "Spaces (SITE:KEY, with commas between) in which doctor makes a page, proves that "
                 "a stale write to it is refused, and throws it away; empty: it writes nothing."},
        count_option("concurrency", "64", 1, 1024, "Presses that run at the same time."),
        count_option("attempts-max", "12", 1, 1000, "Attempts before a job is given up."),
        count_option(
            "window-max", "4096", 1, 1'000'000, "Records in work per partition before it is paused."
        ),
        count_option(
            "held-max",
            "100000",
            1,
            10'000'000,
            "Records per partition from the committed offset on before it is paused."
        ),
        count_option(
            "waiting-bytes-max",
            "67108864",
            1'048'576,
            std::int64_t{1} << 40,
            "Memory of all jobs that wait for their time before partitions with some are paused."
        ),
        count_option(
            "snapshot-issues-max",
            "10000",
            1,
            100'000,
            "Issues in one snapshot before it is refused."
        ),
        count_option(
            "batch-issues-max",
            "10000",
            1,
            1'000'000,
            "Issues that the search of one batch may find before it is refused."
        ),
        millis_option("lease-ms", "60000", 1000, 3'600'000, "Life of the lease of a page."),
        millis_option(
            "http-timeout-ms", "30000", 100, 600'000, "Longest call to Jira or Confluence."
        ),
        millis_option(
            "create-settle-ms",
            "90000",
            100,
            3'600'000,
            "Wait after a create with unknown outcome before another one is sent."
        ),
        millis_option("backoff-base-ms", "500", 1, 60'000, "Shortest wait between attempts."),
        millis_option("backoff-cap-ms", "60000", 1, 3'600'000, "Longest wait between attempts."),
        millis_option(
            "park-max-ms",
            "30000",
            1,
            86'400'000,
            "Longest wait in memory; longer ones are spent on the delayed topics."
        ),
        millis_option(
            "delayed-1m-ms", "60000", 1, 604'800'000, "Longest stay on the topic delayed.1m."
        ),
        millis_option(
            "delayed-10m-ms", "600000", 1, 604'800'000, "Longest stay on the topic delayed.10m."
        ),
        millis_option(
            "delayed-1h-ms", "3600000", 1, 604'800'000, "Longest stay on the topic delayed.1h."
        ),
        millis_option(
            "job-age-max-ms",
            "604800000",
            1,
            2'592'000'000,
            "Age from which a job that must be tried again is given up; well below the retention "
            "of "
            "the topics."
        ),
        millis_option(
            "gate-wait-ms",
            "10000",
            1,
            3'600'000,
            "First wait of a site that rejects our credentials; each further one is twice as long."
        ),
        millis_option(
            "failing-wait-ms",
            "2000",
            1,
            3'600'000,
            "First wait of a site whose calls fail in a row; each further one is twice as long."
        ),
        millis_option(
            "gate-wait-max-ms",
            "60000",
            1,
            3'600'000,
            "Longest wait between two looks at a site that does not say how long."
        ),
        millis_option(
            "template-max-age-ms", "60000", 0, 3'600'000, "How old a fetched template page may be."
        ),
        millis_option(
            "drain-max-ms", "30000", 0, 240'000, "Longest wait for running presses at shutdown."
        ),
        millis_option(
            "revoke-wait-ms",
            "60000",
            0,
            90'000,
            "Longest wait for running presses when partitions move to another worker."
        ),
    };
}

PressLimits press_limits_from(const OptionValues& values) {
    PressLimits limits;
    limits.batches_at_once =
        static_cast<std::size_t>(std::max<std::int64_t>(values.integer("concurrency") / 4, 1));
    limits.attempts_max = static_cast<int>(values.integer("attempts-max"));
    limits.lease = values.millis("lease-ms");
    limits.http_timeout = values.millis("http-timeout-ms");
    limits.create_settle = values.millis("create-settle-ms");
    limits.backoff = {
        .base = values.millis("backoff-base-ms"), .cap = values.millis("backoff-cap-ms")};
    limits.park_max = values.millis("park-max-ms");
    limits.age_max = values.millis("job-age-max-ms");
    limits.snapshot_issues_max = static_cast<std::size_t>(values.integer("snapshot-issues-max"));
    limits.batch_issues_max = static_cast<std::size_t>(values.integer("batch-issues-max"));
    return limits;
}

DelaySettings delay_settings_from(const OptionValues& values) {
    return {
        .park_max = values.millis("park-max-ms"),
        .delays =
            {values.millis("delayed-1m-ms"),
             values.millis("delayed-10m-ms"),
             values.millis("delayed-1h-ms")},
    };
}

GateLimits gate_limits_from(const OptionValues& values) {
    return {
        .failing_wait = values.millis("failing-wait-ms"),
        .credentials_wait = values.millis("gate-wait-ms"),
        .wait_max = values.millis("gate-wait-max-ms"),
        .probe_max = values.millis("http-timeout-ms"),
        .hold_max = values.millis("park-max-ms"),
    };
}

void cross_check(const WorkerSettings& settings, std::vector<std::string>& problems) {
    if (settings.press.lease < 2 * settings.press.http_timeout) {
        problems.emplace_back(
            "--lease-ms must be at least twice --http-timeout-ms, so that a press can end within it"
        );
    }
    if (settings.press.create_settle < settings.press.http_timeout) {
        problems.emplace_back(
            "--create-settle-ms must be at least --http-timeout-ms: a create may take that long"
        );
    }
    if (settings.poll.held_max < settings.poll.window_max) {
        problems.emplace_back(
            "--held-max must be at least --window-max: it counts those records too"
        );
    }
    const auto& [shortest, middle, longest] = settings.delay.delays;
    if (settings.delay.park_max > shortest || shortest >= middle || middle >= longest) {
        problems.emplace_back(
            "--park-max-ms, --delayed-1m-ms, --delayed-10m-ms and --delayed-1h-ms must be in "
            "ascending order"
        );
    }
    if (settings.press.backoff.cap < settings.press.backoff.base) {
        problems.emplace_back("--backoff-cap-ms must be at least --backoff-base-ms");
    }
}

/// `SITE:KEY,SITE:KEY`.
std::map<std::string, std::string> trial_spaces_from(
    std::string_view text, std::vector<std::string>& problems
) {
    std::map<std::string, std::string> spaces;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string_view item = text.substr(0, end);
        const std::size_t colon = item.find(':');
        if (colon == std::string_view::npos || colon == 0 || colon + 1 == item.size()) {
            problems.push_back(
                "--doctor-writes-to must name spaces as SITE:KEY, not '" + std::string(item) + "'"
            );
        } else {
            spaces.emplace(item.substr(0, colon), item.substr(colon + 1));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return spaces;
}

}  // namespace

std::vector<Option> worker_options() {
    std::vector<Option> options = own_options();
    for (Option& option : common_options()) options.push_back(std::move(option));
    return options;
}

WorkerSettings worker_settings_from(
    const OptionValues& values, std::vector<std::string>& problems
) {
    WorkerSettings settings{
        .kafka = {},
        .redis = {},
        .group = values.text("group"),
        .admin_listen = values.text("admin-listen"),
        .ports_file = values.text("ports-file"),
        .log_format = values.text("log-format"),
        .log_level = values.text("log-level"),
        .ca_file = values.text("ca-file"),
        .concurrency = static_cast<std::size_t>(values.integer("concurrency")),
        .drain_max = values.millis("drain-max-ms"),
        .template_page_max_age = values.millis("template-max-age-ms"),
        .state_dir = values.text("state-dir"),
        .trial_spaces = {},
        .press = press_limits_from(values),
        .gates = gate_limits_from(values),
        .poll = {},
        .delay = delay_settings_from(values),
    };
    settings.trial_spaces = trial_spaces_from(values.text("doctor-writes-to"), problems);
    settings.poll.window_max = static_cast<std::size_t>(values.integer("window-max"));
    settings.poll.held_max = static_cast<std::size_t>(values.integer("held-max"));
    settings.poll.waiting_bytes_max = static_cast<std::size_t>(values.integer("waiting-bytes-max"));
    settings.poll.revoke_wait = values.millis("revoke-wait-ms");
    if (auto kafka = kafka_settings_from(values)) {
        settings.kafka = *std::move(kafka);
    } else {
        problems.push_back(kafka.error().message);
    }
    if (auto redis = redis_settings_from(values)) {
        settings.redis = *std::move(redis);
    } else {
        problems.push_back(redis.error().message);
    }
    cross_check(settings, problems);
    return settings;
}

}  // namespace pagepress::worker
