// Canary of the asan preset: reads past the end of an allocation and must die of it.
#include <cstdio>
#include <memory>

int main() {
    const auto bytes = std::make_unique<char[]>(8);
    volatile std::size_t index = 8;
    std::printf("alive after a heap overflow: %d\n", bytes[index]);
    return 0;
}
