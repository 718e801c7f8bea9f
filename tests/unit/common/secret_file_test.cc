#include "common/base/secret_file.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

class StandingClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return now; }

    [[nodiscard]] UnixMillis unix_now() const override { return 0; }

    SteadyTime now{};
};

/// A secret file that must begin with `key-`, and the looks that a test wants.
struct Fixture {
    /// What `secret` returns once the next interval has passed.
    std::string look() {
        clock.now += SecretFile::kLookInterval;
        return secret.secret().value_or("none");
    }

    /// A whole new file in the old one's place.
    void replace(const std::string& content) const {
        std::filesystem::rename(folder.write("new", content), path);
    }

    TempDir folder;
    std::string path = folder.write("secret", "key-1\n");
    StandingClock clock;
    SecretFile secret{
        path,
        [](std::string_view text) -> Result<void> {
            if (text.starts_with("key-")) return {};
            return fail(ErrorCode::kInvalidInput, "it must begin with 'key-'");
        },
        clock};
};

}  // namespace

TEST_CASE("A secret is there at once, and a new one after two looks", "[secret_file]") {
    Fixture fixture;
    CHECK(fixture.secret.secret().value() == "key-1");
    const std::uint64_t revision = fixture.secret.revision();
    fixture.replace("key-2");
    CHECK(fixture.secret.secret().value() == "key-1");  // no interval has passed
    CHECK(fixture.look() == "key-1");
    CHECK(fixture.secret.revision() == revision);
    CHECK(fixture.look() == "key-2");
    CHECK(fixture.secret.revision() != revision);
    CHECK(fixture.look() == "key-2");
}

TEST_CASE("A file that is being written is left alone until it rests", "[secret_file]") {
    Fixture fixture;
    REQUIRE(fixture.secret.secret().has_value());
    std::ofstream file(fixture.path, std::ios::trunc);
    CHECK(fixture.look() == "key-1");
    for (const char* part : {"key-", "lo", "ng"}) {
        file << part << std::flush;
        CHECK(fixture.look() == "key-1");
    }
    CHECK(fixture.look() == "key-long");
}

TEST_CASE("An unusable new file leaves the old secret in force, until it is mended") {
    Fixture fixture;
    REQUIRE(fixture.secret.secret().has_value());
    const std::uint64_t revision = fixture.secret.revision();
    SECTION("it is empty") {
        fixture.replace("");
    }
    SECTION("it is refused by the check") {
        fixture.replace("password");
    }
    SECTION("it is gone") {
        std::filesystem::remove(fixture.path);
    }
    SECTION("it is a folder") {
        std::filesystem::remove(fixture.path);
        std::filesystem::create_directory(fixture.path);
    }
    for (int i = 0; i < 3; ++i) CHECK(fixture.look() == "key-1");
    CHECK(fixture.secret.revision() == revision);
    std::filesystem::remove(fixture.path);
    fixture.replace("key-2");
    CHECK(fixture.look() == "key-1");
    CHECK(fixture.look() == "key-2");
}

TEST_CASE("A symbolic link that points elsewhere now is a change", "[secret_file]") {
    Fixture fixture;
    // As Kubernetes does it: file → ..data/file, and ..data is renamed over.
    namespace fs = std::filesystem;
    const fs::path base = fixture.folder.path();
    for (const char* turn : {"v1", "v2"}) {
        fs::create_directory(base / turn);
        std::ofstream(base / turn / "token") << "key-" << turn;
        // Same size and time: only the file itself is another.
        fs::last_write_time(base / turn / "token", fs::file_time_type{});
    }
    fs::create_directory_symlink("v1", base / "..data");
    fs::remove(fixture.path);
    fs::create_symlink("..data/token", fixture.path);
    CHECK(fixture.secret.secret().value() == "key-v1");
    fs::create_directory_symlink("v2", base / "..data_tmp");
    fs::rename(base / "..data_tmp", base / "..data");
    CHECK(fixture.look() == "key-v1");
    CHECK(fixture.look() == "key-v2");
}

TEST_CASE("A file that was not there from the start is waited for", "[secret_file]") {
    Fixture fixture;
    std::filesystem::remove(fixture.path);
    const auto missing = fixture.secret.secret();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find(fixture.path) != std::string::npos);
    fixture.replace("password");
    CHECK(fixture.look() == "none");
    CHECK(fixture.secret.secret().error().message == "it must begin with 'key-'");
    fixture.replace("key-1");
    CHECK(fixture.look() == "key-1");
}
