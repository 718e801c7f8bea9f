// Sends dead letters again and notes that they were. Admin thread.
#pragma once

#include <string_view>
#include <vector>

#include "ingress/admin/admin_ports.h"
#include "ingress/admin/dead_letter.h"
#include "ingress/admin/redriven_letters.h"

namespace pagepress::ingress {

/// The job goes on the jobs topic with its id and the next redrive number; only when Kafka has
/// acknowledged it, its letter's mark is written. A crash between the two leaves a letter that can
/// be sent again although it was: both records carry the same id and number, so the second finds
/// the first one's end, or its stamp on the page, and changes nothing.
class Redriver {
public:
    Redriver(const AdminPorts& ports, RedrivenLetters& redriven);

    /// Sends letters that hold a job.
    ///
    /// @return  how many were acknowledged
    [[nodiscard]] std::size_t send(const std::vector<DeadLetter>& letters, std::string_view admin);

private:
    void note_status(const Job& job) const;

    const AdminPorts& ports_;
    RedrivenLetters& redriven_;
    Counter sent_;
    Counter not_noted_;
};

}  // namespace pagepress::ingress
