// A process of the product that is killed, stopped and started again; tells if it ended by itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/process.h"

namespace pagepress::chaos {

/// A binary of the product that should run, or should not.
class Replica {
public:
    /// @param spec  its command line; the argument is the path of its ports file
    Replica(std::string name, std::function<test::ProcessSpec(const std::string&)> spec)
        : name_(std::move(name)), spec_(std::move(spec)) {}

    /// SIGKILL, at once; it stays down until it is wanted again.
    void kill();

    /// SIGTERM; it stays down until it is wanted again.
    void terminate();

    void pause() const;
    void resume() const;

    /// It is to run again, as soon as what still ends has ended.
    void want() { is_wanted_ = true; }

    /// Starts it if it is wanted and not there. @return  what is wrong if it has ended by itself,
    /// or not with 0 when it was told to, since the last time; empty: nothing
    std::string tend();

    /// Whether it runs and listens.
    [[nodiscard]] bool is_up();

    /// A port of it, 0 before it listens.
    [[nodiscard]] int port(const std::string& name) const;

    [[nodiscard]] test::Process* process() { return process_.get(); }

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    void start();
    void note_death();

    const std::string name_;
    const std::function<test::ProcessSpec(const std::string&)> spec_;
    std::unique_ptr<test::Process> process_;
    std::string death_;  ///< not told yet
    std::string ports_file_;
    std::map<std::string, int> ports_;
    int starts_ = 0;
    bool is_wanted_ = true;
    bool is_ending_ = false;
};

}  // namespace pagepress::chaos
