// /admin/v1/dead-letters: list, show, send again. Admin thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "ingress/admin/admin_ports.h"
#include "ingress/admin/letter_filter.h"
#include "ingress/admin/redriver.h"

namespace pagepress::ingress {

/// Letters come in the order of the times they were written, oldest first. A page of an answer ends
/// at its limit or when its time is over, and holds the cursor to go on with.
class DeadLetterRoutes {
public:
    explicit DeadLetterRoutes(const AdminPorts& ports)
        : ports_(ports), redriven_(ports), redriver_(ports, redriven_) {}

    [[nodiscard]] HttpReply list(const HttpRequest& request);

    /// One letter, with its job.
    [[nodiscard]] HttpReply show(std::string_view id);

    /// Sends letters again, chosen by ids or by a filter; with `dry_run` tells which it would.
    [[nodiscard]] HttpReply redrive(const HttpRequest& request, std::string_view admin);

private:
    struct Found {
        std::vector<DeadLetter> letters;  ///< at most as many as asked for
        std::size_t count = 0;            ///< of all that match
        std::string next;                 ///< cursor; empty: there is no more
    };

    struct Wanted {
        LetterFilter filter;
        ScanPosition from;
        std::size_t letters_max = 0;  ///< kept
        bool is_counted = false;      ///< goes on behind those that are kept, to count
        bool needs_job = false;       ///< leaves out what is no job
    };

    [[nodiscard]] std::expected<Found, HttpReply> find_by_ids(
        const boost::json::value& body, const boost::json::value& ids
    );
    [[nodiscard]] std::expected<Found, HttpReply> find_by_filter(
        const boost::json::value& body, bool is_dry_run
    );
    [[nodiscard]] std::expected<Found, HttpReply> find(const Wanted& wanted);
    [[nodiscard]] std::expected<void, HttpReply> know_redriven();
    [[nodiscard]] boost::json::array shown(std::span<const DeadLetter> letters) const;

    const AdminPorts& ports_;
    RedrivenLetters redriven_;
    Redriver redriver_;
};

}  // namespace pagepress::ingress
