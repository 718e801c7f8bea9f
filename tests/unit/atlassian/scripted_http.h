// An HttpClient that answers from a script and keeps what it was asked; recorded answers as files.
#pragma once

#include <deque>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/http_client/http_client.h"
#include "tests/support/catch.h"

namespace pagepress::test {

class ScriptedHttp final : public HttpClient {
public:
    Result<HttpAnswer> perform(const HttpCall& call) override {
        calls.push_back(call);
        if (script.empty()) return fail(ErrorCode::kUnavailable, "the script has ended");
        auto answer = std::move(script.front());
        script.pop_front();
        return answer;
    }

    void answer(int status, std::string body, decltype(HttpAnswer::headers) headers = {}) {
        script.emplace_back(HttpAnswer{
            .status = status, .body = std::move(body), .headers = std::move(headers)});
    }

    void fail_with(ErrorCode code) { script.emplace_back(fail(code, "scripted")); }

    /// `METHOD url` of a call.
    [[nodiscard]] std::string line(std::size_t index) const {
        return calls.at(index).method + " " + calls.at(index).url;
    }

    std::vector<HttpCall> calls;
    std::deque<Result<HttpAnswer>> script;
};

class FixedClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return {}; }

    [[nodiscard]] UnixMillis unix_now() const override { return now; }

    UnixMillis now = 1'790'769'600'000;  ///< 2026-09-30T12:00:00Z
};

/// Code of a failure; empty for a success.
template <typename T>
std::optional<ErrorCode> code_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
}

/// Content of a recorded file.
inline std::string recorded(const std::string& name) {
    std::ifstream file(std::string(PAGEPRESS_FIXTURES) + "/atlassian/" + name, std::ios::binary);
    REQUIRE(file.good());
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

/// A recorded answer with its head (`.http`).
inline HttpAnswer recorded_answer(const std::string& name) {
    std::istringstream file(recorded(name));
    HttpAnswer answer;
    std::string line;
    std::getline(file, line);
    answer.status = std::stoi(line.substr(line.find(' ')));
    while (std::getline(file, line) && !line.empty() && line != "\r") {
        const auto colon = line.find(": ");
        std::string key = line.substr(0, colon);
        for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        answer.headers[key] = line.substr(colon + 2);
        if (answer.headers[key].ends_with('\r')) answer.headers[key].pop_back();
    }
    std::ostringstream body;
    if (file) body << file.rdbuf();
    answer.body = std::move(body).str();
    return answer;
}

}  // namespace pagepress::test
