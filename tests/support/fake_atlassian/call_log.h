// Every API request that was answered, counted and listed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "common/base/clock.h"

namespace pagepress::test {

struct Call {
    std::int64_t number = 0;  ///< from 1, in the order of arrival
    UnixMillis at = 0;
    std::string method;
    std::string target;
    std::string route;  ///< `PUT /wiki/api/v2/pages/*`
    int status = 0;     ///< 0: the connection was closed without an answer
    std::string fault;  ///< kind of the fault that struck; empty for none
};

/// Counts are complete; the list keeps the newest 20,000. One thread at a time.
class CallLog {
public:
    void add(Call call) {
        constexpr std::size_t kCallsMax = 20'000;
        call.number = ++total_;
        ++counts_[call.route][call.status];
        calls_.push_back(std::move(call));
        if (calls_.size() > kCallsMax) calls_.pop_front();
    }

    void clear() { *this = CallLog(); }

    [[nodiscard]] std::int64_t total() const { return total_; }

    [[nodiscard]] const std::map<std::string, std::map<int, std::int64_t>>& counts() const {
        return counts_;
    }

    [[nodiscard]] const std::deque<Call>& calls() const { return calls_; }

private:
    std::int64_t total_ = 0;
    std::map<std::string, std::map<int, std::int64_t>> counts_;
    std::deque<Call> calls_;
};

}  // namespace pagepress::test
