#include "ingress/admin/admin_tokens.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ingress;

TEST_CASE("A bare token is the admin's, and named lines are whose they say", "[ingress]") {
    const auto tokens = AdminTokens::parse(
                            "jane.doe@acme.example  j4ne/+=_of_jane_doe\r\n\n  bare_____________ \n"
                            "joe\tj0e_____________\njoe other___________"
    )
                            .value();
    CHECK(tokens.owner_of("j4ne/+=_of_jane_doe") == "jane.doe@acme.example");
    CHECK(tokens.owner_of("bare_____________") == "admin");
    CHECK(tokens.owner_of("j0e_____________") == "joe");
    CHECK(tokens.owner_of("other___________") == "joe");
    CHECK_FALSE(tokens.owner_of("joe"));
    CHECK_FALSE(tokens.owner_of("joe j0e_____________"));
    CHECK_FALSE(tokens.owner_of("j4ne/+=_of_jane_do"));
    CHECK_FALSE(tokens.owner_of(""));
}

TEST_CASE("Without tokens nobody is an admin", "[ingress]") {
    CHECK(AdminTokens().is_empty());
    CHECK_FALSE(AdminTokens().owner_of(""));
}

TEST_CASE("What is wrong with a token file is named by its line, without its text", "[ingress]") {
    const auto [text, says] = GENERATE(table<std::string, std::string>({
        {"jane s3cret-s3cret-ab\njane is s3cret-s3cret-ab",
         "line 2 of the admin token file must be"},
        {"j/ne s3cret-s3cret-ab", "line 1 of the admin token file has a name"},
        {std::string(65, 'a') + " s3cret-s3cret-ab", "line 1 of the admin token file has a name"},
        {"\njane s3cr\xc3\xa9t", "line 2 of the admin token file has a token"},
        {"a s3cret-s3cret-ab\nb s3cret-s3cret-ab", "line 2 of the admin token file repeats"},
        {"a s3cret-s3cret-ab\njane s3cret-s3cret-a",
         "line 2 of the admin token file has a token of fewer"},
        {" \n\n", "holds no token"},
    }));
    const auto tokens = AdminTokens::parse(text);
    REQUIRE_FALSE(tokens.has_value());
    CHECK(tokens.error().message.find(says) != std::string::npos);
    CHECK(tokens.error().message.find("s3cr") == std::string::npos);
}
