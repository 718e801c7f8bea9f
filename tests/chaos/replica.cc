#include "tests/chaos/replica.h"

#include <csignal>

namespace pagepress::chaos {

void Replica::start() {
    // A name of its own for each start: the file of the one before says nothing of this one.
    std::string file = name_ + "." + std::to_string(++starts_) + ".ports";
    for (char& c : file) c = c == ' ' ? '-' : c;
    ports_.clear();
    is_ending_ = false;
    test::ProcessSpec spec = spec_(file);
    for (std::size_t i = 0; i + 1 < spec.arguments.size(); ++i) {
        if (spec.arguments[i] == "--ports-file") ports_file_ = spec.arguments[i + 1];
    }
    process_ = std::make_unique<test::Process>(std::move(spec));
}

void Replica::kill() {
    is_wanted_ = false;
    note_death();
    process_.reset();
}

void Replica::terminate() {
    is_wanted_ = false;
    note_death();
    if (!death_.empty()) process_.reset();
    is_ending_ = true;
    if (process_) process_->send_signal(SIGTERM);
}

void Replica::pause() const {
    if (process_) process_->pause();
}

void Replica::resume() const {
    if (process_) process_->resume();
}

/// To be called before the process is forgotten: whoever kills one that is dead already must not
/// hide that.
void Replica::note_death() {
    if (!process_ || process_->is_running()) return;
    const int status = process_->wait_exit(std::chrono::milliseconds(0)).value_or(0);
    if (is_ending_ && status == 0) return;
    death_ = name_ + " ended with " + std::to_string(status) +
             (is_ending_ ? " when it was told to end" : " by itself");
}

std::string Replica::tend() {
    if (process_ && !process_->is_running()) {
        note_death();
        process_.reset();
    }
    if (!process_ && is_wanted_) start();
    return std::exchange(death_, {});
}

bool Replica::is_up() {
    if (!process_ || is_ending_ || !process_->is_running()) return false;
    if (ports_.empty()) {
        ports_ = test::read_ports_file(*process_, ports_file_, std::chrono::milliseconds(0));
    }
    return !ports_.empty();
}

int Replica::port(const std::string& name) const {
    const auto found = ports_.find(name);
    return found == ports_.end() ? 0 : found->second;
}

}  // namespace pagepress::chaos
