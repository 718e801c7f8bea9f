#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <thread>

#include "common/base/digest.h"
#include "common/base/random.h"
#include "common/json/json_text.h"
#include "tests/support/catch.h"

using namespace pagepress;

namespace {

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string take(std::size_t size) {
    std::string bytes(size, '\0');
    SystemRandom().fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return bytes;
}

}  // namespace

TEST_CASE("SHA-256 gives the published digests, call after call", "[common]") {
    // FIPS 180-4 examples; the second call must not see the first one's state.
    CHECK(
        to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("Random bytes do not repeat, within a thread and between threads", "[common]") {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) seen.insert(take(16));
    CHECK(seen.size() == 1'000);
    std::string of_other_thread;
    std::thread([&] { of_other_thread = take(16); }).join();
    CHECK_FALSE(seen.contains(of_other_thread));
    // Larger and smaller than what is kept in stock.
    for (const std::size_t size : {std::size_t{64}, std::size_t{65}, std::size_t{4'096}}) {
        const std::string bytes = take(size);
        CHECK(bytes != take(size));
        CHECK(std::ranges::count(bytes, '\0') < static_cast<std::ptrdiff_t>(size / 2));
    }
}

TEST_CASE("JSON strings escape what must be and keep the rest", "[common]") {
    CHECK(json_string("") == R"("")");
    CHECK(json_string("PROJ-1 /~") == R"("PROJ-1 /~")");
    CHECK(json_string("a\"b\\c\n") == R"("a\"b\\c\n")");
    CHECK(json_string(std::string_view("\0\x7F", 2)) == "\"\\u0000\\u007f\"");
    CHECK(
        json_string("Gr\xC3\xBC\xC3\x9F"
                    "e \xF0\x9F\x98\x80!") ==
        "\"Gr\xC3\xBC\xC3\x9F"
        "e \xF0\x9F\x98\x80!\""
    );
    CHECK(json_string("a\xFF\xC3z") == "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST_CASE("HMAC-SHA-256 gives the values of RFC 4231", "[digest]") {
    CHECK(
        to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    CHECK(
        to_hex(hmac_sha256(
            std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"
        )) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    CHECK(hmac_sha256("", "") != hmac_sha256("", " "));
}
