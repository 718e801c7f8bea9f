#include "tests/sim/world/engine.h"

#include <algorithm>
#include <utility>

#include "common/base/invariant.h"

namespace pagepress::sim {

Process& Engine::make_process(std::string name) {
    processes_.push_back(std::make_unique<Process>());
    processes_.back()->name = std::move(name);
    return *processes_.back();
}

void Engine::kill_all() {
    for (const auto& process : processes_) kill(*process);
}

void Engine::push(Millis when, Task* task, std::function<void()> event) {
    entries_.push_back(
        {.when = std::max(when, now_),
         .tie = random.next(),
         .number = next_number_++,
         .task = task,
         .wait = task == nullptr ? 0 : task->wait,
         .event = std::move(event)}
    );
    std::ranges::push_heap(entries_, IsLater());
}

void Engine::at(Millis when, std::function<void()> event) {
    push(when, nullptr, std::move(event));
}

Task& Engine::spawn(Process& process, std::function<void()> body) {
    auto task = std::make_unique<Task>();
    Task& made = *task;
    made.process = &process;
    made.wait = 1;
    made.fiber = std::make_unique<Fiber>([&made, body = std::move(body)] {
        if (made.is_killed) return;
        try {
            body();
        } catch (const Killed&) {
        }
    });
    tasks_.push_back(std::move(task));
    push(now_, &made, {});
    return made;
}

void Engine::sleep(Millis time) {
    (void)wait(time);
}

bool Engine::wait(Millis time) {
    Task& task = *current_;
    if (task.is_killed) return false;
    ++task.wait;
    task.was_woken = false;
    push(now_ + time, &task, {});
    task.fiber->suspend();
    if (task.is_killed) throw Killed();
    return task.was_woken;
}

void Engine::wake(Task& task) {
    if (task.wait % 2 == 0 || task.was_woken || task.fiber->has_ended()) return;
    task.was_woken = true;
    push(now_, &task, {});
}

void Engine::run(Task& task) {
    INVARIANT(current_ == nullptr);
    ++task.wait;
    current_ = &task;
    task.fiber->resume();
    current_ = nullptr;
}

void Engine::kill(Process& process) {
    process.is_dead = true;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        Task& task = *tasks_[i];
        if (task.process != &process || task.fiber->has_ended()) continue;
        task.is_killed = true;
        run(task);
        INVARIANT(task.fiber->has_ended());
    }
}

bool Engine::step() {
    if (entries_.empty()) return false;
    std::ranges::pop_heap(entries_, IsLater());
    Entry entry = std::move(entries_.back());
    entries_.pop_back();
    now_ = std::max(now_, entry.when);
    if (entry.task == nullptr) {
        entry.event();
        return true;
    }
    Task& task = *entry.task;
    if (task.wait != entry.wait || task.fiber->has_ended()) return true;
    if (task.process->frozen_until > now_) {
        push(task.process->frozen_until, &task, {});
        return true;
    }
    run(task);
    return true;
}

void Engine::trace(
    std::string_view who, std::string_view what, std::optional<std::int64_t> number
) {
    const auto mix = [&](std::uint64_t value) {
        trace_hash_ = (trace_hash_ ^ value) * 1099511628211ULL;
    };
    for (const char c : who) mix(static_cast<unsigned char>(c));
    for (const char c : what) mix(static_cast<unsigned char>(c));
    if (number) mix(static_cast<std::uint64_t>(*number));
    mix(static_cast<std::uint64_t>(now_.count()));
    if (!keeps_trace) return;
    lines.push_back(
        std::to_string(now_.count()) + " ms  " + std::string(who) + "  " + std::string(what) +
        (number ? " " + std::to_string(*number) : "")
    );
}

void Signal::wait_until(Millis deadline) {
    waiting_.push_back(engine_.current());
    (void)engine_.wait(std::max(Millis(0), deadline - engine_.now()));
    std::erase(waiting_, engine_.current());
}

void Signal::notify() {
    for (Task* task : waiting_) engine_.wake(*task);
}

}  // namespace pagepress::sim
