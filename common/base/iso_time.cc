#include "common/base/iso_time.h"

#include <chrono>

#include <fmt/format.h>

namespace pagepress {

std::string iso_time(UnixMillis time) {
    const std::chrono::sys_time<Millis> point{Millis(time)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss of_day(std::chrono::floor<std::chrono::seconds>(point - day));
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        of_day.hours().count(),
        of_day.minutes().count(),
        of_day.seconds().count()
    );
}

}  // namespace pagepress
