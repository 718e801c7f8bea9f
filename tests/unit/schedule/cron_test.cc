#include "common/schedule/cron.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono;

namespace {

/// `2026-03-01 09:30`.
std::string text_of(local_seconds time) {
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const auto minute = duration_cast<minutes>(time - day).count();
    const auto two = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return std::to_string(static_cast<int>(date.year())) + "-" +
           two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) +
           " " + two(minute / 60) + ":" + two(minute % 60);
}

/// The first `count` matches from the first of January 2026, which is a Thursday.
std::vector<std::string> matches_of(std::string_view expression, int count) {
    const auto cron = CronExpression::parse(expression);
    if (!cron) return {cron.error().message};
    std::vector<std::string> found;
    local_seconds from = local_days(2026y / 1 / 1);
    for (int i = 0; i < count; ++i) {
        const auto match = cron->next_match(from);
        found.push_back(match ? text_of(*match) : "never");
        if (!match) break;
        from = *match + 1s;
    }
    return found;
}

std::string problem_of(std::string_view expression) {
    const auto cron = CronExpression::parse(expression);
    return cron ? "none" : cron.error().message;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Cron fields choose minutes, hours, days, months and weekdays", "[schedule]") {
    struct Row {
        const char* expression;
        Lines expected;
    };

    const Row row = GENERATE(values<Row>({
        {"* * * * *", {"2026-01-01 00:00", "2026-01-01 00:01", "2026-01-01 00:02"}},
        {"30 9 * * *", {"2026-01-01 09:30", "2026-01-02 09:30", "2026-01-03 09:30"}},
        {"  30\t9  * * * ", {"2026-01-01 09:30", "2026-01-02 09:30"}},
        {"*/15 8-9 * * *",
         {"2026-01-01 08:00",
          "2026-01-01 08:15",
          "2026-01-01 08:30",
          "2026-01-01 08:45",
          "2026-01-01 09:00"}},
        {"5-30/10 0 * * *",
         {"2026-01-01 00:05", "2026-01-01 00:15", "2026-01-01 00:25", "2026-01-02 00:05"}},
        {"0,59,30 23 * * *",
         {"2026-01-01 23:00", "2026-01-01 23:30", "2026-01-01 23:59", "2026-01-02 23:00"}},
        {"0 0,12-13,20-23/3 1 * *",
         {"2026-01-01 00:00",
          "2026-01-01 12:00",
          "2026-01-01 13:00",
          "2026-01-01 20:00",
          "2026-01-01 23:00",
          "2026-02-01 00:00"}},
        {"0 7 * * MON-FRI", {"2026-01-01 07:00", "2026-01-02 07:00", "2026-01-05 07:00"}},
        {"0 7 * * 1-5", {"2026-01-01 07:00", "2026-01-02 07:00", "2026-01-05 07:00"}},
        {"0 7 * jan,FEB Sat", {"2026-01-03 07:00", "2026-01-10 07:00"}},
        {"0 0 31 * *", {"2026-01-31 00:00", "2026-03-31 00:00", "2026-05-31 00:00"}},
        {"0 0 1 */3 *", {"2026-01-01 00:00", "2026-04-01 00:00", "2026-07-01 00:00"}},
        {"0 0 29 2 *", {"2028-02-29 00:00", "2032-02-29 00:00"}},
    }));
    INFO(row.expression);
    CHECK(matches_of(row.expression, static_cast<int>(row.expected.size())) == row.expected);
}

TEST_CASE("Sunday is 0, 7 and SUN, and the end of a range", "[schedule]") {
    const Lines sundays{"2026-01-04 00:00", "2026-01-11 00:00"};
    for (const char* const expression : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 0,7"}) {
        CHECK(matches_of(expression, 2) == sundays);
    }
    const Lines weekend{
        "2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00", "2026-01-09 00:00"};
    CHECK(matches_of("0 0 * * 5-7", 4) == weekend);
    CHECK(matches_of("0 0 * * FRI-SUN", 4) == weekend);
    CHECK(matches_of("0 0 * * SUN-MON", 2) == Lines{"2026-01-04 00:00", "2026-01-05 00:00"});
}

TEST_CASE("Two restricted day fields match either; a star before one makes it both", "[schedule]") {
    // crontab(5): "30 4 1,15 * 5" runs on the 1st and 15th of each month, plus every Friday.
    CHECK(
        matches_of("30 4 1,15 * 5", 4) ==
        Lines{"2026-01-01 04:30", "2026-01-02 04:30", "2026-01-09 04:30", "2026-01-15 04:30"}
    );
    CHECK(matches_of("0 0 */2 * FRI", 2) == Lines{"2026-01-09 00:00", "2026-01-23 00:00"});
    CHECK(matches_of("0 0 13 * */7", 2) == Lines{"2026-09-13 00:00", "2026-12-13 00:00"});
    CHECK(matches_of("0 0 31 2 MON", 1) == Lines{"2026-02-02 00:00"});
}

TEST_CASE("Words with @ stand for their expressions", "[schedule]") {
    CHECK(matches_of("@hourly", 2) == Lines{"2026-01-01 00:00", "2026-01-01 01:00"});
    CHECK(matches_of("@daily", 2) == Lines{"2026-01-01 00:00", "2026-01-02 00:00"});
    CHECK(matches_of("@midnight", 2) == matches_of("@daily", 2));
    CHECK(matches_of("@Weekly", 2) == Lines{"2026-01-04 00:00", "2026-01-11 00:00"});
    CHECK(matches_of("@monthly", 2) == Lines{"2026-01-01 00:00", "2026-02-01 00:00"});
    CHECK(matches_of("@yearly", 2) == Lines{"2026-01-01 00:00", "2027-01-01 00:00"});
    CHECK(matches_of("@annually", 2) == matches_of("@yearly", 2));
    CHECK(problem_of("@reboot").find("allowed are @hourly") != std::string::npos);
}

TEST_CASE("What is wrong with an expression is named with its field", "[schedule]") {
    struct Row {
        const char* expression;
        const char* expected;
    };

    const Row row = GENERATE(values<Row>({
        {"", "has 0 fields; it must have five: minute, hour, day of month, month, day of week"},
        {"* * * *",
         "has 4 fields; it must have five: minute, hour, day of month, month, day of week"},
        {"0 * * * * *",
         "has 6 fields; it must have five: minute, hour, day of month, month, day of week"},
        {"60 * * * *", "has in its minute field '60'; allowed is 0-59"},
        {"-1 * * * *", "has in its minute field nothing where a value must be; allowed is 0-59"},
        {"* 24 * * *", "has in its hour field '24'; allowed is 0-23"},
        {"* * 0 * *", "has in its day-of-month field '0'; allowed is 1-31"},
        {"* * * 13 *", "has in its month field '13'; allowed is 1-12 or JAN-DEC"},
        {"* * * MON *", "has in its month field 'MON'; allowed is 1-12 or JAN-DEC"},
        {"0 9 * * \"1\"",
         "has in its day-of-week field \"1\" with quotes, which do not belong there; allowed is "
         "0-7 "
         "or SUN-SAT"},
        {"* * * * 8", "has in its day-of-week field '8'; allowed is 0-7 or SUN-SAT"},
        {"* * * * FRI-MON",
         "has in its day-of-week field the range 'FRI-MON', which runs backwards; allowed is 0-7 "
         "or SUN-SAT"},
        {"30-10 * * * *",
         "has in its minute field the range '30-10', which runs backwards; allowed is 0-59"},
        {"5/15 * * * *",
         "has in its minute field a step behind '5', which is neither * nor a range; allowed is "
         "0-59"},
        {"*/0 * * * *",
         "has in its minute field the step '0', which must be 1-59; allowed is 0-59"},
        {"*/60 * * * *",
         "has in its minute field the step '60', which must be 1-59; allowed is 0-59"},
        {"*/ * * * *", "has in its minute field the step '', which must be 1-59; allowed is 0-59"},
        {"1, * * * *", "has in its minute field a comma with nothing behind it; allowed is 0-59"},
        {",1 * * * *", "has in its minute field nothing where a value must be; allowed is 0-59"},
        {"1,,2 * * * *", "has in its minute field nothing where a value must be; allowed is 0-59"},
        {"1-2-3 * * * *", "has in its minute field '2-3'; allowed is 0-59"},
        {"1.5 * * * *", "has in its minute field '1.5'; allowed is 0-59"},
        {"0 0 31 2 *", "names a day that no month of it ever has"},
        {"0 0 30,31 FEB *", "names a day that no month of it ever has"},
        {"0 0 31 4,6,9,11 *", "names a day that no month of it ever has"},
    }));
    INFO(row.expression);
    CHECK(problem_of(row.expression) == row.expected);
    CHECK(problem_of(std::string(201, '1')).find("longer than 200") != std::string::npos);
}

TEST_CASE("Rare days are found, and none is looked for behind the year 9999", "[schedule]") {
    // 29 February on a Sunday: both day fields begin with a star or are one.
    CHECK(matches_of("0 0 29 2 */7", 2) == Lines{"2032-02-29 00:00", "2060-02-29 00:00"});
    const auto cron = CronExpression::parse("0 0 29 2 *").value();
    CHECK(text_of(*cron.next_match(local_days(2096y / 3 / 1))) == "2104-02-29 00:00");
    CHECK(text_of(*cron.next_match(local_days(9993y / 1 / 1))) == "9996-02-29 00:00");
    CHECK_FALSE(cron.next_match(local_days(9996y / 3 / 1)));
}

TEST_CASE("A match is never before the second that it is looked for from", "[schedule]") {
    const auto cron = CronExpression::parse("30 9 * * *").value();
    const local_seconds at = local_days(2026y / 1 / 1) + 9h + 30min;
    CHECK(cron.next_match(at) == at);
    CHECK(cron.next_match(at + 1s) == at + 24h);
    CHECK(cron.next_match(at - 1s) == at);
    CHECK_FALSE(cron.has_every_hour());
    CHECK(CronExpression::parse("5 0-11,12-23 * * *")->has_every_hour());
    CHECK_FALSE(CronExpression::parse("0 */2 * * *")->has_every_hour());
}
