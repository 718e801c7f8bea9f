#include "tests/support/product_process.h"

#include <utility>

namespace pagepress::test {
namespace {

/// What ingress and worker have in common.
ProcessSpec product_process(ProductSpec spec) {
    std::vector<std::string> arguments = {
        "--kafka-brokers",
        std::move(spec.brokers),
        "--redis-address",
        std::move(spec.redis),
        "--admin-listen",
        "127.0.0.1:0",
        "--ports-file",
        std::move(spec.ports_file)};
    arguments.insert(arguments.end(), spec.options.begin(), spec.options.end());
    return {
        .program = std::move(spec.program),
        .arguments = std::move(arguments),
        .log_file = std::move(spec.log_file)};
}

}  // namespace

ProcessSpec ingress_process(ProductSpec spec, const std::string& admin_token_file) {
    const std::vector<std::string> own = {
        "--listen", "127.0.0.1:0", "--admin-token-file", admin_token_file};
    spec.options.insert(spec.options.begin(), own.begin(), own.end());
    return product_process(std::move(spec));
}

ProcessSpec worker_process(ProductSpec spec) {
    return product_process(std::move(spec));
}

}  // namespace pagepress::test
