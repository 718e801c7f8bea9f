// Sends dead letters again and notes that they were. Admin thread.
#pragma once

#include <string_view>
#include <vector>

#include "ingress/admin/admin_ports.h"
#include "ingress/admin/dead_letter.h"
#include "ingress/admin/redriven_letters.h"

namespace pagepress::ingress {

/// The job goes on the jobs topic with its id and the next redrive number; only when Kafka has
/// acknowledged it, the audit event is written, and only when that is acknowledged, its letter's
/// mark. A crash in between leaves a letter that can
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
    /// A letter and its job as it was sent again.
    struct Sent {
        const DeadLetter* letter;
        const Job* job;
    };

    void note(const std::vector<Sent>& sent, std::string_view admin);
    std::vector<bool> send_notes(const std::vector<Record>& notes);
    void note_status(const Job& job) const;

    const AdminPorts& ports_;
    RedrivenLetters& redriven_;
    Counter sent_;
    Counter not_noted_;
};

}  // namespace pagepress::ingress
