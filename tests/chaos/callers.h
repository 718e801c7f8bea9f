// People and machines that trigger: threads that edit issues and call, at a rate, whatever happens.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "common/http_client/http_client.h"
#include "tests/chaos/ledger.h"

namespace pagepress::chaos {

struct CallersPlan {
    int threads = 2;
    double calls_per_second = 5;  ///< all threads together
    std::uint64_t seed = 1;
};

/// One caller: edits issues of its own and triggers what shows them. Used by one thread.
class Caller {
public:
    /// Edits the issues whose place modulo `step` is `first`.
    Caller(
        Doors& doors,
        Ledger& ledger,
        const std::atomic<bool>& is_stopping,
        std::size_t first,
        std::size_t step,
        std::uint64_t seed
    );

    /// One call, or a burst of them, each as chance will have it: a rule by key or id, a snapshot
    /// by its own or the global key; with or without an edit before it, with or without an
    /// idempotency key.
    void act();

    /// The issue gets newer data.
    void edit(Issue& issue);

    /// A rule for an issue that is at what it is at now. @return  whether it was accepted
    bool trigger_rule(const std::string& rule, const Issue& issue, const std::string& issue_text);
    bool trigger_snapshot();
    bool trigger_page();

private:
    struct Trigger {
        std::string path;
        std::string header;  ///< with the API key
        AcceptedCall asked;  ///< without its job
    };

    void act_once();
    bool send(const Trigger& trigger);
    bool send_once(const Trigger& trigger, const std::string& idempotency_key);
    void pause_a_little() const;
    [[nodiscard]] Freshness snapshot_needs() const;
    [[nodiscard]] std::uint64_t chance(std::uint64_t below);

    Doors& doors_;
    Ledger& ledger_;
    const std::atomic<bool>& is_stopping_;
    const std::size_t first_;
    const std::size_t step_;
    std::mt19937_64 random_;
    std::unique_ptr<HttpClient> client_;
};

/// Callers on threads of their own, from construction until `stop`.
class Callers {
public:
    Callers(const CallersPlan& plan, Doors& doors, Ledger& ledger);
    ~Callers();
    Callers(const Callers&) = delete;
    Callers& operator=(const Callers&) = delete;

    /// Returns when no call is under way any more.
    void stop();

private:
    std::atomic<bool> is_stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pagepress::chaos
