#include "tests/bench/process_cost.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>

#include <unistd.h>

namespace pagepress::test {
namespace {

/// Memory that `/proc/PID/status` tells [MiB].
double status_mib(pid_t pid, const std::string& name) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    while (file >> word && word != name) {
    }
    double kib = 0;
    file >> kib;
    return kib / 1024;
}

}  // namespace

double cpu_us(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    text.erase(0, text.rfind(')') + 1);  // the name may hold anything
    std::int64_t ticks = 0;
    std::size_t at = 0;
    constexpr int kUserTime = 12;  // words behind the name, from 1
    for (int word = 1; word <= kUserTime + 1; ++word) {
        at = text.find_first_not_of(' ', at);
        std::int64_t number = 0;
        if (word >= kUserTime) std::from_chars(&text[at], text.data() + text.size(), number);
        ticks += number;
        at = text.find(' ', at);
    }
    return static_cast<double>(ticks) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double rss_mib(pid_t pid) {
    return status_mib(pid, "VmRSS:");
}

double rss_peak_mib(pid_t pid) {
    return status_mib(pid, "VmHWM:");
}

}  // namespace pagepress::test
