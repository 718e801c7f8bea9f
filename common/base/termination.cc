#include "common/base/termination.h"

#include <csignal>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

sigset_t termination_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

}  // namespace

void hold_termination_signals() {
    const sigset_t signals = termination_signals();
    INVARIANT(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
    std::signal(SIGPIPE, SIG_IGN);
}

int wait_for_termination() {
    const sigset_t signals = termination_signals();
    int signal = 0;
    INVARIANT(sigwait(&signals, &signal) == 0);
    return signal;
}

}  // namespace pagepress
