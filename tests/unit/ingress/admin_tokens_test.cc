#include "ingress/admin/admin_tokens.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ingress;

TEST_CASE("A bare token is the admin's, and named lines are whose they say", "[ingress]") {
    const auto tokens =
        AdminTokens::parse("jane.doe@acme.example  j4ne/+=\r\n\n  bare \njoe\tj0e\njoe other")
            .value();
    CHECK(tokens.owner_of("j4ne/+=") == "jane.doe@acme.example");
    CHECK(tokens.owner_of("bare") == "admin");
    CHECK(tokens.owner_of("j0e") == "joe");
    CHECK(tokens.owner_of("other") == "joe");
    CHECK_FALSE(tokens.owner_of("joe"));
    CHECK_FALSE(tokens.owner_of("joe j0e"));
    CHECK_FALSE(tokens.owner_of("j4ne/+"));
    CHECK_FALSE(tokens.owner_of(""));
}

TEST_CASE("Without tokens nobody is an admin", "[ingress]") {
    CHECK(AdminTokens().is_empty());
    CHECK_FALSE(AdminTokens().owner_of(""));
}

TEST_CASE("What is wrong with a token file is named by its line, without its text", "[ingress]") {
    const auto [text, says] = GENERATE(table<std::string, std::string>({
        {"jane s3cret\njane is s3cret", "line 2 of the admin token file must be"},
        {"j/ne s3cret", "line 1 of the admin token file has a name"},
        {std::string(65, 'a') + " s3cret", "line 1 of the admin token file has a name"},
        {"\njane s3cr\xc3\xa9t", "line 2 of the admin token file has a token"},
        {"a s3cret\nb s3cret", "line 2 of the admin token file repeats"},
        {" \n\n", "holds no token"},
    }));
    const auto tokens = AdminTokens::parse(text);
    REQUIRE_FALSE(tokens.has_value());
    CHECK(tokens.error().message.find(says) != std::string::npos);
    CHECK(tokens.error().message.find("s3cr") == std::string::npos);
}
