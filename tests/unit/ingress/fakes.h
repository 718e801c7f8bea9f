// What the ingress' tests share: a catalog with one of everything, and ports under their control.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "common/catalog/documents.h"
#include "common/http_server/http_server.h"
#include "common/http_server/request_head.h"
#include "common/job/batch_status.h"
#include "common/kafka/record.h"
#include "common/redis/redis.h"
#include "ingress/auth/stored_key_uses.h"

namespace pagepress::test {

inline constexpr std::string_view kRuleKey = "rule-key-release";
inline constexpr std::string_view kOtherRuleKey = "rule-key-other";
inline constexpr std::string_view kSnapshotKey = "snapshot-key-weekly";
inline constexpr std::string_view kSiteKey = "site-key-acme";
inline constexpr std::string_view kExpiredKey = "rule-key-expired";

class FakeClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override {
        const MutexLock lock(mutex_);
        return SteadyTime(std::chrono::hours(1)) + elapsed_;
    }

    [[nodiscard]] UnixMillis unix_now() const override {
        const MutexLock lock(mutex_);
        return 1'700'000'000'000 + elapsed_.count();
    }

    void advance(Millis by) {
        const MutexLock lock(mutex_);
        elapsed_ += by;
    }

private:
    mutable Mutex mutex_;
    Millis elapsed_{0};
};

/// 0, 1, 2, … so that what was random is known.
class CountingRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override {
        for (unsigned char& byte : bytes) byte = next_++;
    }

private:
    unsigned char next_ = 0;
};

/// Site `acme` with the rules `release`, `other` and `off`, the snapshot `weekly` on page 4711, and
/// their keys; site `closed`, which is switched off, with the rule `shut`.
class CatalogFixture {
public:
    CatalogFixture() {
        put("site/acme", site_document("true"));
        put("site/closed", site_document("false"));
        put("rule/release", rule_document("acme", "true"));
        put("rule/other", rule_document("acme", "true"));
        put("rule/off", rule_document("acme", "false"));
        put("rule/shut", rule_document("closed", "true"));
        put("snapshot/weekly",
            R"({"site":"acme","page":"4711","levels":[{"jql":"project = A","columns":["key"]}]})");
        add_key("k1", kRuleKey, ApiKey::Scope::kRule, "acme", "release");
        add_key("k2", kOtherRuleKey, ApiKey::Scope::kRule, "acme", "other");
        add_key("k3", kSnapshotKey, ApiKey::Scope::kSnapshot, "acme", "weekly");
        add_key("k4", kSiteKey, ApiKey::Scope::kSite, "acme", "");
        add_key("k5", kExpiredKey, ApiKey::Scope::kRule, "acme", "release", 1'600'000'000'000);
        add_key("k6", "rule-key-off", ApiKey::Scope::kRule, "acme", "off");
        add_key("k7", "rule-key-shut", ApiKey::Scope::kRule, "closed", "shut");
        add_key("k8", "rule-key-gone", ApiKey::Scope::kRule, "acme", "gone");
    }

    Catalog& catalog() { return catalog_; }

    std::int64_t put(std::string_view key, std::string_view document) {
        catalog_.apply(key, document, next_offset_++);
        return next_offset_;
    }

    void add_key(
        const std::string& id,
        std::string_view secret,
        ApiKey::Scope scope,
        const std::string& site,
        const std::string& subject,
        std::optional<UnixMillis> expires_at = std::nullopt
    ) {
        const ApiKey key{
            .id = id,
            .name = {},
            .scope = scope,
            .site = site,
            .subject = subject,
            .digest = sha256(secret),
            .created_at = 1,
            .created_by = "setup",
            .expires_at = expires_at,
        };
        put(record_key(EntryKind::kApiKey, id), write_api_key(key));
    }

private:
    static std::string site_document(std::string_view enabled) {
        return R"({"enabled":)" + std::string(enabled) +
               R"(,"jira_url":"https://acme.example","confluence_url":"https://acme.example/wiki",)"
               R"("auth":"basic","secret_file":"/run/secrets/acme"})";
    }

    static std::string rule_document(std::string_view site, std::string_view enabled) {
        return R"({"site":")" + std::string(site) + R"(","enabled":)" + std::string(enabled) +
               R"(,"page":{"space":"DOC","title":"$#Key","body":"<p>x</p>"}})";
    }

    Catalog catalog_;
    std::int64_t next_offset_ = 0;
};

/// A request as the server would hand it out, from its text.
class RawRequest {
public:
    explicit RawRequest(std::string text) : text_(std::move(text)) {
        const std::string_view head = std::string_view(text_).substr(0, text_.find("\r\n\r\n") + 4);
        parsed_ = parse_head(head, head_);
        bound_ = {.bytes = head, .head = &head_};
        const std::string_view target = head_.target.in(head);
        const std::size_t question = target.find('?');
        request_ = {
            .method = head_.method.in(head),
            .target = target,
            .path = target.substr(0, question),
            .query = question == std::string_view::npos ? "" : target.substr(question + 1),
            .body = std::string_view(text_).substr(head.size()),
            .message = &bound_,
        };
    }

    RawRequest(const RawRequest&) = delete;
    RawRequest& operator=(const RawRequest&) = delete;

    operator const HttpRequest&() const { return request_; }

private:
    std::string text_;
    RequestHead head_;
    HeadError parsed_ = HeadError::kNone;
    BoundHead bound_{};
    HttpRequest request_;
};

/// Answers from a map of hashes, at once and on the caller's thread. Of scripts it knows the one
/// that keeps the newest use of each key, and those of batches.
class FakeRedis final : public Redis {
public:
    void submit(RedisCommand command, Callback callback) override {
        commands.push_back(command);
        if (is_slow) {
            held.push_back([this, command, callback] { answer(command, callback); });
        } else {
            answer(command, callback);
        }
    }

    /// Answers everything that is held, and is fast again.
    void answer_held() {
        is_slow = false;
        for (const auto& held_one : std::exchange(held, {})) held_one();
    }

    void answer(const RedisCommand& command, const Callback& callback) {
        if (is_down) {
            callback(fail(ErrorCode::kUnavailable, "Redis is down"));
        } else if (command.at(0) == "GET" || command.at(0) == "SET") {
            callback(text_reply(command));
        } else if (const auto text = replies.find(command.at(0)); text != replies.end()) {
            callback(RedisReply{.kind = RedisReply::Kind::kText, .text = text->second});
        } else if (const auto list = lists.find(command.at(0)); list != lists.end()) {
            callback(array_of(list->second));
        } else if (command.at(0) == "HGETALL") {
            callback(whole_hash(command.at(1)));
        } else {
            callback(key_uses_reply(command));
        }
    }

    std::map<std::string, std::vector<std::string>> hashes;  ///< name, value, name, value, …
    std::map<std::string, std::string> texts;                ///< of GET and SET … NX
    std::map<std::string, std::string> replies;              ///< by a command's first word
    std::map<std::string, std::vector<std::string>> lists;   ///< the same, of arrays
    std::map<std::string, UnixMillis> key_uses;
    std::map<std::string, RedisReply> batches;  ///< replies about batches, by their keys
    std::vector<RedisCommand> commands;
    bool is_down = false;
    bool is_slow = false;  ///< holds its answers
    std::vector<std::function<void()>> held;

private:
    static RedisReply array_of(const std::vector<std::string>& items) {
        RedisReply reply{.kind = RedisReply::Kind::kArray, .text = {}};
        for (const std::string& item : items) {
            reply.items.push_back({.kind = RedisReply::Kind::kText, .text = item});
        }
        return reply;
    }

    [[nodiscard]] RedisReply whole_hash(const std::string& name) const {
        RedisReply reply{.kind = RedisReply::Kind::kArray, .text = {}};
        const auto add = [&](const std::string& text) {
            reply.items.push_back({.kind = RedisReply::Kind::kText, .text = text});
        };
        if (name == ingress::kKeyUsesHash) {
            for (const auto& [id, when] : key_uses) {
                add(id);
                add(std::to_string(when));
            }
        } else if (const auto found = hashes.find(name); found != hashes.end()) {
            for (const std::string& text : found->second) add(text);
        }
        return reply;
    }

    [[nodiscard]] RedisReply hash_members(const RedisCommand& command) const {
        if (const auto batch = batches.find(command.at(1)); batch != batches.end()) {
            return batch->second;
        }
        RedisReply reply{.kind = RedisReply::Kind::kArray, .text = {}};
        reply.items.resize(command.size() - 2);
        const auto hash = hashes.find(command.at(1));
        if (hash == hashes.end()) return reply;
        for (std::size_t i = 2; i < command.size(); ++i) {
            const auto name = std::ranges::find(hash->second, command[i]);
            if (name == hash->second.end()) continue;
            reply.items[i - 2] = {.kind = RedisReply::Kind::kText, .text = *std::next(name)};
        }
        return reply;
    }

    /// Of noting a batch, or of calling it off; tests/integration/batch_counts_test.cc has the
    /// scripts themselves.
    [[nodiscard]] RedisReply batch_script_reply(const RedisCommand& command) const {
        RedisReply marked{.kind = RedisReply::Kind::kInteger, .integer = 1, .text = {}};
        if (command != cancel_batch_command(command.at(3).substr(16), command.at(5))) return marked;
        const auto batch = batches.find(command.at(3));
        const RedisReply known = batch == batches.end() ? RedisReply{.text = {}} : batch->second;
        const BatchStatus status = batch_status_from(known);
        const bool is_of_caller = command.at(5).empty() || command.at(5) == status.site;
        if (status.site.empty() || !is_of_caller || is_terminal(status.state)) marked.integer = 0;
        return {.kind = RedisReply::Kind::kArray, .text = {}, .items = {marked, known}};
    }

    RedisReply text_reply(const RedisCommand& command) {
        if (command.at(0) == "SET") texts.emplace(command.at(1), command.at(2));
        const auto found = texts.find(command.at(1));
        if (command.at(0) == "SET" || found == texts.end()) return {.text = {}};
        return {.kind = RedisReply::Kind::kText, .text = found->second};
    }

    RedisReply key_uses_reply(const RedisCommand& command) {
        if (command.at(0) == "HMGET") return hash_members(command);
        if (command.at(0) == "EVAL" && command.at(3).starts_with("pagepress:batch:")) {
            return batch_script_reply(command);
        }
        if (command.at(0) == "HDEL") {
            for (std::size_t i = 2; i < command.size(); ++i) key_uses.erase(command[i]);
        }
        if (command.at(0) == "EVAL" && command.at(3) == ingress::kKeyUsesHash) {
            for (std::size_t i = 4; i + 1 < command.size(); i += 2) {
                UnixMillis& known = key_uses[command[i]];
                known = std::max(known, UnixMillis(std::stoll(command[i + 1])));
            }
        }
        if (command.at(0) != "HGET" || !key_uses.contains(command.at(2))) return {.text = {}};
        return {
            .kind = RedisReply::Kind::kText,
            .text = std::to_string(key_uses[command.at(2)]),
        };
    }
};

}  // namespace pagepress::test
