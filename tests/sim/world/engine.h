// Virtual time, and who runs next: every actor is a fiber that goes on when its time has come. Ties
// are broken by the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "tests/sim/world/fiber.h"
#include "tests/sim/world/seeded_random.h"

namespace pagepress::sim {

/// What crashes and stalls as a whole: all its fibers, at once.
struct Process {
    std::string name;
    bool is_dead = false;
    Millis frozen_until{0};
};

/// A fiber of a process, and what it waits for.
struct Task {
    Process* process = nullptr;
    std::unique_ptr<Fiber> fiber;
    std::uint64_t wait = 0;  ///< number of the wait it is in; odd: it waits
    bool was_woken = false;
    bool is_killed = false;
    /// When this fiber has read which source data since its press began, by subject.
    std::map<std::string, Millis> reads;
};

/// Thrown out of a wait of a fiber whose process has crashed.
struct Killed {};

/// One thread. The clock of everything in a schedule.
class Engine final : public Clock {
public:
    explicit Engine(std::uint64_t seed) : random(seed) {}

    ~Engine() override { kill_all(); }

    /// A process of this engine, which lives as long as it does.
    Process& make_process(std::string name);

    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(kOrigin + now_); }

    [[nodiscard]] UnixMillis unix_now() const override {
        return kUnixOrigin + static_cast<UnixMillis>(now_.count());
    }

    /// Since the schedule began.
    [[nodiscard]] Millis now() const { return now_; }

    [[nodiscard]] static Millis since_origin(SteadyTime time) {
        return std::chrono::duration_cast<Millis>(time.time_since_epoch()) - kOrigin;
    }

    /// The moment of a wall-clock time.
    [[nodiscard]] static Millis moment_of(UnixMillis time) { return Millis(time - kUnixOrigin); }

    /// Runs `event` outside of every fiber.
    void at(Millis when, std::function<void()> event);

    void after(Millis wait, std::function<void()> event) { at(now_ + wait, std::move(event)); }

    Task& spawn(Process& process, std::function<void()> body);

    /// The running fiber; null in an event.
    [[nodiscard]] Task* current() const { return current_; }

    /// Whether the running fiber is being unwound: nothing it does may have an effect.
    [[nodiscard]] bool is_unwinding() const { return current_ != nullptr && current_->is_killed; }

    /// Suspends the running fiber.
    void sleep(Millis time);

    /// Suspends the running fiber until `wake`, at most so long. Returns whether it was woken.
    bool wait(Millis time);

    /// Ends the wait of a fiber; without effect if it does not wait.
    void wake(Task& task);

    /// Unwinds all fibers of a process; called in events only.
    void kill(Process& process);
    void kill_all();

    /// Runs the next event or fiber. Returns whether there was one.
    bool step();

    /// Notes what happened: part of the trace's hash, and kept as text if `keeps_trace`.
    void trace(
        std::string_view who, std::string_view what, std::optional<std::int64_t> number = {}
    );

    [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }

    SeededRandom random;
    bool keeps_trace = false;
    std::vector<std::string> lines;

private:
    static constexpr Millis kOrigin{1'000'000};
    static constexpr UnixMillis kUnixOrigin = 1'790'000'000'000;

    struct Entry {
        Millis when;
        std::uint64_t tie;
        std::uint64_t number;
        Task* task;  ///< null: `event`
        std::uint64_t wait;
        std::function<void()> event;
    };

    struct IsLater {
        bool operator()(const Entry& a, const Entry& b) const {
            if (a.when != b.when) return a.when > b.when;
            return a.tie != b.tie ? a.tie > b.tie : a.number > b.number;
        }
    };

    void push(Millis when, Task* task, std::function<void()> event);
    void run(Task& task);

    Millis now_{0};
    std::uint64_t next_number_ = 0;
    std::uint64_t trace_hash_ = 1469598103934665603ULL;
    std::vector<Entry> entries_;  ///< a heap
    std::vector<std::unique_ptr<Process>> processes_;
    std::vector<std::unique_ptr<Task>> tasks_;
    Task* current_ = nullptr;
};

/// Fibers that wait for something to happen.
class Signal {
public:
    explicit Signal(Engine& engine) : engine_(engine) {}

    /// Waits for `notify`, at most until `deadline`.
    void wait_until(Millis deadline);
    void notify();

private:
    Engine& engine_;
    std::vector<Task*> waiting_;
};

}  // namespace pagepress::sim
