// Commands with a server under the test's control.
#pragma once

#include <algorithm>
#include <deque>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "ingress/ctl/commands.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

using namespace pagepress::ctl;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

/// Time that passes when something waits.
class ManualClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(passed); }

    [[nodiscard]] UnixMillis unix_now() const override { return began_at + passed.count(); }

    Millis passed = 0ms;
    UnixMillis began_at = 1'767'348'000'000;  ///< 2026-01-02T10:00:00Z
};

/// Answers calls in the order in which answers were given, and keeps the calls.
class FakeHttpClient final : public HttpClient {
public:
    explicit FakeHttpClient(ManualClock& clock) : clock_(clock) {}

    Result<HttpAnswer> perform(const HttpCall& call) override {
        calls.push_back(call);
        REQUIRE_FALSE(answers.empty());
        auto [answer, after] = std::move(answers.front());
        answers.pop_front();
        clock_.passed += after;
        return std::move(answer);
    }

    /// @param after  how long the server takes
    void answer(int status, std::string body, Millis after = 0ms) {
        answers.emplace_back(
            HttpAnswer{.status = status, .body = std::move(body), .headers = headers}, after
        );
    }

    void fail_with(ErrorCode code, std::string message) {
        answers.emplace_back(fail(code, std::move(message)), 0ms);
    }

    std::map<std::string, std::string, std::less<>> headers;  ///< of answers given from now on
    std::deque<std::pair<Result<HttpAnswer>, Millis>> answers;
    std::vector<HttpCall> calls;

private:
    ManualClock& clock_;
};

/// A command with a fake server, an admin token `sesame` and a key `open`.
struct Setting {
    int run(const Command& command) {
        return ctl::run(
            command,
            {.http = http,
             .out = out,
             .err = err,
             .admin_url = "http://admin/",
             .admin_token_file = token_file,
             .pause =
                 [this](Millis time) {
                     waited += time;
                     clock.passed += time;
                 },
             .clock = clock,
             .read_answer = [this] { return person_says; },
             .terminal = has_terminal ? &err : nullptr,
             .is_interrupted = [this] { return is_interrupted(); }}
        );
    }

    [[nodiscard]] Lines lines_of_calls() const {
        Lines lines;
        for (const HttpCall& call : http.calls) lines.push_back(call.method + " " + call.url);
        return lines;
    }

    [[nodiscard]] bool has_header(std::size_t call, const std::string& line) const {
        const auto& headers = http.calls.at(call).headers;
        return std::find(headers.begin(), headers.end(), line) != headers.end();
    }

    TempDir folder;
    std::string token_file = folder.write("token", "sesame\n");
    std::string key_file = folder.write("key", "open\n");
    ManualClock clock;
    FakeHttpClient http{clock};
    std::ostringstream out;
    std::ostringstream err;
    Millis waited = 0ms;
    std::optional<std::string> person_says;  ///< empty: there is nobody
    bool has_terminal = false;
    std::function<bool()> is_interrupted = [] { return false; };
};

}  // namespace pagepress::test
