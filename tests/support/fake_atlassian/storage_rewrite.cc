#include "tests/support/fake_atlassian/storage_rewrite.h"

#include <fmt/format.h>

#include "common/base/digest.h"

namespace pagepress::test {

namespace {

/// Hex digits that look random and are the same in every run.
std::string hex_of(std::uint64_t& next_id) {
    return to_hex(sha256(fmt::format("fake-atlassian {}", next_id++)));
}

std::string uuid_of(std::uint64_t& next_id) {
    const std::string hex = hex_of(next_id);
    const std::string_view view(hex);
    return fmt::format(
        "{}-{}-{}-{}-{}",
        view.substr(0, 8),
        view.substr(8, 4),
        view.substr(12, 4),
        view.substr(16, 4),
        view.substr(20, 12)
    );
}

/// End of a tag that starts at `at`: one past its `>`, quotes respected.
std::size_t tag_end(std::string_view body, std::size_t at) {
    char quote = '\0';
    for (; at < body.size(); ++at) {
        const char letter = body[at];
        if (quote != '\0') {
            if (letter == quote) quote = '\0';
        } else if (letter == '"' || letter == '\'') {
            quote = letter;
        } else if (letter == '>') {
            return at + 1;
        }
    }
    return body.size();
}

void append_missing(std::string& tag, std::string_view name, const std::string& value) {
    if (tag.find(fmt::format(" {}=", name)) != std::string::npos) return;
    tag += fmt::format(" {}=\"{}\"", name, value);
}

std::string rewritten_start_tag(std::string_view tag, std::uint64_t& next_id) {
    const bool closed = tag.ends_with("/>");
    tag.remove_suffix(closed ? 2 : 1);
    while (tag.ends_with(' ')) tag.remove_suffix(1);
    const std::string_view name = tag.substr(1, tag.find_first_of(" \t\r\n") - 1);
    std::string out(tag);
    if (name == "ac:structured-macro") {
        append_missing(out, "ac:schema-version", "1");
        append_missing(out, "ac:local-id", uuid_of(next_id));
        append_missing(out, "ac:macro-id", uuid_of(next_id));
    } else if (name == "p") {
        append_missing(out, "local-id", hex_of(next_id).substr(0, 12));
    } else if (name == "ri:page") {
        append_missing(out, "ri:version-at-save", "1");
    }
    return out + (closed ? " />" : ">");
}

std::string rewritten_text(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("&quot;")) {
            out.push_back('"');
            at += 6;
        } else if (rest.starts_with("&apos;")) {
            out.push_back('\'');
            at += 6;
        } else {
            out.push_back(text[at++]);
        }
    }
    return out;
}

}  // namespace

std::string rewritten_on_save(std::string_view body, std::uint64_t& next_id) {
    std::string out;
    out.reserve(body.size() + body.size() / 4);
    const auto copy_until = [&](std::string_view mark) {
        const std::size_t end = body.find(mark);
        const std::size_t size = end == std::string_view::npos ? body.size() : end + mark.size();
        out.append(body.substr(0, size));
        body.remove_prefix(size);
    };
    while (!body.empty()) {
        if (body.front() != '<') {
            const std::string_view text = body.substr(0, body.find('<'));
            out += rewritten_text(text);
            body.remove_prefix(text.size());
        } else if (body.starts_with("<![CDATA[")) {
            copy_until("]]>");
        } else if (body.starts_with("<!--")) {
            copy_until("-->");
        } else if (body.starts_with("</") || body.starts_with("<?")) {
            copy_until(">");
        } else {
            const std::string_view tag = body.substr(0, tag_end(body, 0));
            out += rewritten_start_tag(tag, next_id);
            body.remove_prefix(tag.size());
        }
    }
    return out;
}

}  // namespace pagepress::test
