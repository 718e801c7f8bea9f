// Time zones of the IANA database, as the machine has it. The only door to `date`'s tz library.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/schedule/zone_rule.h"

namespace pagepress {

/// A zone as it was when it was looked up: a newer database counts after a restart. Immutable,
/// cheap to copy, any thread.
class TimeZone {
public:
    /// UTC; needs no database.
    TimeZone();

    /// Looks a zone up in /usr/share/zoneinfo (package tzdata): `Europe/Berlin`, `UTC`.
    ///
    /// @errors  kInvalidInput  the database has none of this name, or is not there
    static Result<TimeZone> find(std::string_view name);

    [[nodiscard]] const std::string& name() const;

    /// The span around `time`; from 1970 on.
    [[nodiscard]] ZoneSpan span_at(std::chrono::sys_seconds time) const;

    /// The first moment at which clocks show `local`. A time that clocks skip: the moment after the
    /// gap.
    [[nodiscard]] std::chrono::sys_seconds instant_of(std::chrono::local_seconds local) const;

private:
    struct Zone;

    explicit TimeZone(std::shared_ptr<const Zone> zone);

    std::shared_ptr<const Zone> zone_;
};

}  // namespace pagepress
