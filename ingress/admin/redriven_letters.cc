#include "ingress/admin/redriven_letters.h"

#include "ingress/admin/dead_letter.h"

namespace pagepress::ingress {

Result<bool> RedrivenLetters::catch_up() {
    auto end = ports_.scan_topic(
        {.topic = ports_.topics.dead, .from = read_},
        [this](const ScannedRecord& record) {
            if (const auto letter = marked_letter(record)) add(*letter);
            return ScanStep::kGoOn;
        }
    );
    if (!end) return std::unexpected(std::move(end.error()));
    read_ = std::move(end->next);
    return end->is_complete;
}

bool RedrivenLetters::contains(const RecordPlace& letter) const {
    const auto found = blocks_.find({letter.partition, letter.offset / kBlock});
    return found != blocks_.end() &&
           found->second.test(static_cast<std::size_t>(letter.offset % kBlock));
}

void RedrivenLetters::add(const RecordPlace& letter) {
    blocks_[{letter.partition, letter.offset / kBlock}].set(
        static_cast<std::size_t>(letter.offset % kBlock)
    );
}

}  // namespace pagepress::ingress
