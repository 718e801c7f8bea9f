// Which dead letters were sent again: what the marks on their topic say, a bit per record.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <utility>

#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

/// A letter's mark comes behind the letter, maybe far behind. So the topic is read once, and from
/// then on only what is new; a million letters that were sent again cost about 130 kB. Admin
/// thread.
class RedrivenLetters {
public:
    explicit RedrivenLetters(const AdminPorts& ports) : ports_(ports) {}

    /// Reads what has come since the last call, as far as the time of one scan allows.
    ///
    /// @return  whether that was all
    Result<bool> catch_up();

    [[nodiscard]] bool contains(const RecordPlace& letter) const;

    void add(const RecordPlace& letter);

private:
    static constexpr std::int64_t kBlock = 4096;

    using BlockKey = std::pair<std::int32_t, std::int64_t>;  ///< partition, offset / kBlock

    const AdminPorts& ports_;
    ScanPosition read_;
    std::map<BlockKey, std::bitset<kBlock>> blocks_;
};

}  // namespace pagepress::ingress
