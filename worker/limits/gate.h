// Words for gates: what of a site one stops, why, and the port to the gates that workers share.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace pagepress::worker {

/// Calls that share a gate. Both products count their calls apart, and Confluence its reads and its
/// writes; of Jira a press reads one or two things and hardly ever writes.
enum class Endpoint { kConfluenceReads, kConfluenceWrites, kJira };

inline constexpr std::array kEndpoints{
    Endpoint::kConfluenceReads, Endpoint::kConfluenceWrites, Endpoint::kJira};

/// Why a gate was closed.
enum class GateKind {
    kAsked,        ///< the site asked us to wait: it opens by itself
    kFailing,      ///< calls failed in a row: a probe opens it
    kCredentials,  ///< the site does not accept our credentials: a probe opens it
};

/// For metrics, logs and Redis: `confluence_reads`, `confluence_writes`, `jira`; total.
[[nodiscard]] std::string_view name_of(Endpoint endpoint);

/// `asked`, `failing`, `credentials`; total.
[[nodiscard]] std::string_view name_of(GateKind kind);

[[nodiscard]] std::optional<Endpoint> endpoint_from(std::string_view name);
[[nodiscard]] std::optional<GateKind> gate_kind_from(std::string_view name);

/// A closed gate as workers tell each other of it.
struct SharedGate {
    Endpoint endpoint = Endpoint::kJira;
    GateKind kind = GateKind::kAsked;
    int closings = 1;  ///< in a row, without a success in between
    std::string reason{};
    Millis wait{0};  ///< how long it stays closed from now on
};

/// Port to the gates that all workers share. Never blocks, cannot fail: without it each worker has
/// its own gates. Presses read them with their leases (PageMemory::begin).
class SharedGates {
public:
    virtual ~SharedGates() = default;

    /// A gate that is closed for longer stays so.
    virtual void close(const std::string& site, const SharedGate& gate) = 0;

    virtual void open(const std::string& site, Endpoint endpoint) = 0;
};

}  // namespace pagepress::worker
