#include "common/http_server/query.h"

#include "tests/support/catch.h"

using namespace pagepress;

TEST_CASE("Query parameters are found and decoded", "[http_server]") {
    const std::string_view query = "method=triggerRule&ruleId=a%2Db+c&x&ruleId=second&b%61d=1&q=%";
    CHECK(find_query_parameter(query, "method") == "triggerRule");
    CHECK(find_query_parameter(query, "ruleId") == "a-b c");
    CHECK(find_query_parameter(query, "x") == "");
    CHECK(find_query_parameter(query, "bad") == "1");
    CHECK(find_query_parameter(query, "q") == std::nullopt);
    CHECK(find_query_parameter(query, "rule") == std::nullopt);
    CHECK(find_query_parameter("", "a") == std::nullopt);
}

TEST_CASE("Broken percent escapes are told apart from empty text", "[http_server]") {
    CHECK(percent_decoded("%41%42", PlusSign::kLiteral) == "AB");
    CHECK(percent_decoded("a+b", PlusSign::kLiteral) == "a+b");
    CHECK(percent_decoded("%4", PlusSign::kLiteral) == std::nullopt);
    CHECK(percent_decoded("%4g", PlusSign::kLiteral) == std::nullopt);
    CHECK(percent_decoded("", PlusSign::kLiteral) == "");
}
