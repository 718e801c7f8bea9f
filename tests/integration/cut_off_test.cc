// Two ingresses on one real Kafka: how long a revoked key works, also on an ingress that has lost
// touch with the catalog; and changed admin tokens. Prints the times that it sees; README figures.
#include <chrono>

#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/ingress_process.h"
#include "tests/support/kafka_server.h"
#include "tests/support/redis_server.h"

using namespace pagepress;
using namespace pagepress::test;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::minutes kPatience{2};

/// `near` talks to Kafka, `far` does so through a gate that a test can cut.
struct Pair {
    Pair() {
        kafka.await_transactions("pagepress.");
        near.create_topics(3);
        near.add_rule("release");
        far.wait_ready();
    }

    /// A key that both accept.
    IngressProcess::Key working_key() {
        IngressProcess::Key key = near.add_key("release");
        for (IngressProcess* ingress : {&near, &far}) {
            const auto accepts = [&] { return ingress->trigger("release", key.secret) == 202; };
            REQUIRE(eventually(kPatience, accepts));
        }
        return key;
    }

    void revoke(const IngressProcess::Key& key) {
        REQUIRE(near.admin("DELETE", "/admin/v1/keys/" + key.id).status == 204);
    }

    KafkaServer kafka;
    RedisServer redis;
    IngressProcess near{{.brokers = kafka.bootstrap(), .redis = redis.address()}};
    IngressProcess far{{.brokers = kafka.gated_bootstrap(), .redis = redis.address()}};
};

long millis_since(steady_clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin)
        .count();
}

/// Calls with a revoked key until it is refused with `status`; nothing but refusals may follow.
/// A call that came before the ingress noticed may wait for Kafka: nobody waits for it here.
long millis_until_refused(IngressProcess& ingress, const IngressProcess::Key& key, int status) {
    constexpr std::chrono::milliseconds kNoPatience{100};
    const auto begin = steady_clock::now();
    REQUIRE(eventually(kPatience, [&] {
        return ingress.trigger("release", key.secret, kNoPatience) == status;
    }));
    const long waited = millis_since(begin);
    for (int i = 0; i < 50; ++i) {
        const int answer = ingress.trigger("release", key.secret);
        CHECK((answer == status || answer == 403));
    }
    return waited;
}

}  // namespace

TEST_CASE("A key that is revoked on one ingress is dead on the other", "[cut_off]") {
    Pair pair;
    const auto key = pair.working_key();
    pair.revoke(key);
    WARN("dead on the other ingress after " << millis_until_refused(pair.far, key, 403) << " ms");
    CHECK(pair.near.trigger("release", key.secret) == 403);
}

TEST_CASE("An ingress that is cut off refuses, and a key revoked meanwhile stays dead") {
    Pair pair;

    struct Fault {
        const char* name;
        void (TcpGate::*begin)();
    };

    for (const Fault& fault : {Fault{"cut", &TcpGate::cut}, Fault{"held", &TcpGate::hold}}) {
        INFO(fault.name);
        const auto revoked = pair.working_key();
        const auto kept = pair.working_key();
        (pair.kafka.gate().*fault.begin)();
        pair.revoke(revoked);
        WARN(
            "connections " << fault.name << ": refused after "
                           << millis_until_refused(pair.far, revoked, 503) << " ms"
        );
        CHECK(pair.far.trigger("release", kept.secret) == 503);
        CHECK(pair.near.trigger("release", kept.secret) == 202);
        pair.kafka.gate().open();
        // What it says first after it is back must not rest on the old catalog.
        int answer = 0;
        REQUIRE(eventually(kPatience, [&] {
            answer = pair.far.trigger("release", revoked.secret);
            CAPTURE(answer);
            CHECK((answer == 503 || answer == 403));
            return answer == 403;
        }));
        REQUIRE(eventually(kPatience, [&] {
            return pair.far.trigger("release", kept.secret) == 202;
        }));
    }
}

TEST_CASE("Admin tokens are those that the file holds now", "[cut_off]") {
    // Neither Kafka nor Redis is needed to be told who one is not.
    IngressProcess ingress({.brokers = "127.0.0.1:1", .redis = "127.0.0.1:1"});
    const auto is_let_in = [&] { return ingress.admin("GET", "/admin/v1/rules").status == 200; };
    REQUIRE(is_let_in());
    ingress.change_admin_token("second-admin-token");
    REQUIRE(eventually(kPatience, is_let_in));
    ingress.use_admin_token("first-admin-token");
    CHECK(ingress.admin("GET", "/admin/v1/rules").status == 403);
    // A file that cannot be right shuts nobody out.
    ingress.change_admin_token("three words here");
    ingress.use_admin_token("second-admin-token");
    const auto is_told = [&] {
        return ingress.process().log_text().find("the old secret stays in force") !=
               std::string::npos;
    };
    REQUIRE(eventually(kPatience, is_told));
    CHECK(is_let_in());
}
