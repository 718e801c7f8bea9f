// How tests start processes of the product: the options that every test gives them.
#pragma once

#include <string>
#include <vector>

#include "tests/support/process.h"

namespace pagepress::test {

struct ProductSpec {
    std::string program;
    std::string brokers;
    std::string redis;
    std::string ports_file;
    std::string log_file;
    std::vector<std::string> options = {};  ///< further `--name value` words
};

/// Listens on free ports of this machine.
[[nodiscard]] ProcessSpec ingress_process(ProductSpec spec, const std::string& admin_token_file);
[[nodiscard]] ProcessSpec worker_process(ProductSpec spec);

}  // namespace pagepress::test
