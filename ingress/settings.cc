#include "ingress/settings.h"

#include <utility>

#include "ingress/http/routes.h"

namespace pagepress::ingress {

namespace {

Option millis(
    std::string name, std::string value, std::int64_t low, std::int64_t high, std::string help
) {
    return {
        .name = std::move(name),
        .type = OptionType::kMillis,
        .default_value = std::move(value),
        .help = std::move(help),
        .low = low,
        .high = high,
    };
}

Option integer(
    std::string name, std::string value, std::int64_t low, std::int64_t high, std::string help
) {
    Option option = millis(std::move(name), std::move(value), low, high, std::move(help));
    option.type = OptionType::kInteger;
    return option;
}

Option plain(std::string name, OptionType type, std::string value, std::string help) {
    return {
        .name = std::move(name),
        .type = type,
        .default_value = std::move(value),
        .help = std::move(help),
    };
}

void append_limits(std::vector<Option>& table) {
    constexpr std::int64_t kMiB = 1024 * 1024;
    table.push_back(
        integer("header-bytes-max", "8192", 1024, 65'536, "Largest request head; over it: 431.")
    );
    table.push_back(integer(
        "body-bytes-max",
        "262144",
        0,
        16 * kMiB,
        "Largest request body, Jira events aside; over it: 413."
    ));
    table.push_back(integer(
        "event-bytes-max", "1048576", 0, 16 * kMiB, "Largest body of a Jira event; over it: 413."
    ));
    table.push_back(millis(
        "header-timeout-ms", "5000", 10, 600'000, "Longest time for a request head to arrive."
    ));
    table.push_back(millis(
        "body-timeout-ms",
        "10000",
        10,
        600'000,
        "Longest time for a request body to arrive, and for a client to take a reply."
    ));
    table.push_back(
        millis("idle-timeout-ms", "60000", 10, 3'600'000, "Longest pause between two requests.")
    );
    table.push_back(integer(
        "connections-max", "10000", 1, 1'000'000, "Open connections of one thread; over it: 503."
    ));
    table.push_back(integer(
        "buffer-bytes-max",
        "67108864",
        65'536,
        4096 * kMiB,
        "Memory of one thread for requests over 4 KiB that are being received; over it: 503."
    ));
    table.push_back(integer(
        "requests-per-connection-max",
        "1000000",
        1,
        1'000'000'000,
        "Requests after which a connection is closed, so that load balancers spread anew."
    ));
    table.push_back(integer(
        "pending-max",
        "20000",
        1,
        1'000'000,
        "Triggers of one thread that may wait for Kafka; over it: 503."
    ));
    table.push_back(integer(
        "pending-bytes-max",
        "33554432",
        4096,
        1024 * kMiB,
        "Bytes of records of one thread that may wait for Kafka; over it: 503."
    ));
    table.push_back(millis(
        "pending-age-max-ms",
        "2000",
        10,
        60'000,
        "Age of the oldest waiting trigger, or expected wait of a further one, from which on those "
        "get 503."
    ));
    table.push_back(millis(
        "delivery-timeout-ms",
        "8000",
        100,
        60'000,
        "Longest wait of a trigger for Kafka's acknowledgement; after it: 503."
    ));
    table.push_back(millis(
        "catalog-stale-max-ms",
        "5000",
        1'000,
        60'000,
        "Longest time without confirmation that the catalog is up to date: the bound for how long "
        "a revoked key works; after it: 503."
    ));
    table.push_back(
        millis("drain-max-ms", "10000", 0, 600'000, "Longest wait for pending replies on SIGTERM.")
    );
}

HttpLimits http_limits_from(const OptionValues& values) {
    return {
        .header_bytes_max = static_cast<std::size_t>(values.integer("header-bytes-max")),
        .body_bytes_max = static_cast<std::size_t>(values.integer("body-bytes-max")),
        .header_timeout = values.millis("header-timeout-ms"),
        .body_timeout = values.millis("body-timeout-ms"),
        .idle_timeout = values.millis("idle-timeout-ms"),
        .connections_max = static_cast<std::size_t>(values.integer("connections-max")),
        .requests_per_connection_max =
            static_cast<std::uint64_t>(values.integer("requests-per-connection-max")),
        .buffer_bytes_max = static_cast<std::size_t>(values.integer("buffer-bytes-max")),
        .body_limits =
            {{.path_prefix = std::string(kJiraEventsPath),
              .bytes_max = static_cast<std::size_t>(values.integer("event-bytes-max"))}},
    };
}

PendingLimits pending_limits_from(const OptionValues& values) {
    return {
        .count_max = static_cast<std::size_t>(values.integer("pending-max")),
        .bytes_max = static_cast<std::size_t>(values.integer("pending-bytes-max")),
        .age_max = values.millis("pending-age-max-ms"),
    };
}

std::string read_optional_secret(const std::string& path, std::vector<std::string>& problems) {
    if (path.empty()) return {};
    auto secret = read_secret_file(path);
    if (secret) return *std::move(secret);
    problems.push_back(secret.error().message);
    return {};
}

AdminTokens admin_tokens_from(const OptionValues& values, std::vector<std::string>& problems) {
    const std::string text = read_optional_secret(values.text("admin-token-file"), problems);
    if (text.empty()) return {};
    auto tokens = AdminTokens::parse(text);
    if (tokens) return *std::move(tokens);
    problems.push_back("--admin-token-file: " + tokens.error().message);
    return {};
}

std::string public_url_from(const OptionValues& values, std::vector<std::string>& problems) {
    std::string url = values.text("public-url");
    while (url.ends_with('/')) url.pop_back();
    const bool is_http = url.starts_with("http://") || url.starts_with("https://");
    if ((!url.empty() && !is_http) || url.find_first_of(" \"\\\t\r\n?#") != std::string::npos) {
        problems.emplace_back("--public-url must be an http or https URL without query, or empty");
    }
    return url;
}

}  // namespace

std::vector<Option> ingress_options() {
    std::vector<Option> table = common_options();
    table.push_back(plain(
        "listen", OptionType::kAddress, "0.0.0.0:8080", "Public address: triggers and job status."
    ));
    table.push_back(plain(
        "admin-listen",
        OptionType::kAddress,
        "127.0.0.1:8081",
        "Private address: admin API, health and metrics."
    ));
    table.push_back(plain(
        "admin-token-file",
        OptionType::kPath,
        "",
        "File with the admin API's bearer tokens, a line each: NAME TOKEN, or a token alone, which "
        "is called admin; without a file the API is closed; a secret."
    ));
    table.push_back(plain(
        "ports-file",
        OptionType::kText,
        "",
        "File to write the ports to, as name=port lines, once the process listens."
    ));
    table.push_back(plain(
        "public-url",
        OptionType::kText,
        "",
        "Address that callers reach the ingress under, for status URLs; empty: they are paths."
    ));
    table.push_back(integer("threads", "1", 1, 64, "Threads that serve the public address."));
    append_limits(table);
    return table;
}

IngressSettings read_settings(const OptionValues& values, std::vector<std::string>& problems) {
    IngressSettings settings{
        .listen = values.text("listen"),
        .admin_listen = values.text("admin-listen"),
        .ports_file = values.text("ports-file"),
        .public_url = public_url_from(values, problems),
        .threads = static_cast<int>(values.integer("threads")),
        .http = http_limits_from(values),
        .pending = pending_limits_from(values),
        .producer = {.delivery_timeout = values.millis("delivery-timeout-ms")},
        .kafka = {.brokers = {}, .topic_prefix = {}},
        .redis =
            {
                .address = values.text("redis-address"),
                .username = values.text("redis-username"),
                .password = read_optional_secret(values.text("redis-password-file"), problems),
                .timeout = values.millis("redis-timeout-ms"),
            },
        .admin_token_file = values.text("admin-token-file"),
        .admin_tokens = admin_tokens_from(values, problems),
        .catalog_stale_max = values.millis("catalog-stale-max-ms"),
        .drain_max = values.millis("drain-max-ms"),
    };
    if (auto kafka = kafka_settings_from(values)) {
        settings.kafka = *std::move(kafka);
    } else {
        problems.push_back(kafka.error().message);
    }
    if (settings.pending.age_max >= settings.producer.delivery_timeout) {
        problems.emplace_back("--pending-age-max-ms must be less than --delivery-timeout-ms");
    }
    const auto event_bytes_max = static_cast<std::size_t>(values.integer("event-bytes-max"));
    if (settings.http.header_bytes_max + event_bytes_max > settings.http.buffer_bytes_max) {
        problems.emplace_back(
            "--event-bytes-max and --header-bytes-max together must not be more than "
            "--buffer-bytes-max, or the largest events could never be received"
        );
    }
    return settings;
}

}  // namespace pagepress::ingress
