// Canary of the tsan preset: two threads write one variable without order and must be told.
#include <cstdio>
#include <thread>

namespace {

int shared = 0;

void write_shared() {
    for (int i = 0; i < 100'000; ++i) ++shared;
}

}  // namespace

int main() {
    std::thread other(write_shared);
    write_shared();
    other.join();
    std::printf("alive after a data race: %d\n", shared);
    return 0;
}
