#include "ingress/ctl/harmless_text.h"

#include <string_view>

namespace pagepress::ctl {

namespace {

constexpr char kLeadOfC1 = '\xC2';
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_control(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7F';
}

}  // namespace

HarmlessText::int_type HarmlessText::overflow(int_type c) {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    return pass(traits_type::to_char_type(c)) ? c : traits_type::eof();
}

bool HarmlessText::pass(char c) {
    const auto replace = [this] {
        const auto size = static_cast<std::streamsize>(kReplacement.size());
        return target_.sputn(kReplacement.data(), size) == size;
    };
    const auto put = [this](char byte) {
        return !traits_type::eq_int_type(target_.sputc(byte), traits_type::eof());
    };
    if (has_lead_) {
        has_lead_ = false;
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80 && byte < 0xA0) return replace();
        if (!put(kLeadOfC1)) return false;
    }
    if (c == kLeadOfC1) {
        has_lead_ = true;
        return true;
    }
    return is_control(c) ? replace() : put(c);
}

int HarmlessText::sync() {
    return target_.pubsync();
}

}  // namespace pagepress::ctl
