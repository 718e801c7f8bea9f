// Templates of titles and bodies: text with placeholders `$#Key`, `$#{Summary}`, `${Field}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/catalog/model.h"
#include "worker/jira/jira.h"
#include "worker/render/placeholders.h"

namespace pagepress::worker {

/// Where the rendered text goes, which decides how values are escaped.
enum class TemplateForm {
    kTitle,    ///< plain text on one line
    kPlain,    ///< plain text as it comes
    kStorage,  ///< Confluence storage format: values are XML-escaped
};

/// A compiled template. Immutable; any thread.
class Template {
public:
    /// @errors  kInvalidInput  a placeholder that is not closed; the message names row and column
    static Result<Template> compile(std::string_view text, TemplateForm form);

    /// The text with the values of an issue. No value can break the markup around it; whether the
    /// template's own markup is well-formed is for check_storage_format to say.
    ///
    /// @errors  kInvalidInput  unknown placeholders where `unknown` is kFail: names them; a title
    ///          that is empty or over 255 characters
    [[nodiscard]] Result<std::string> render(const Issue& issue, UnknownPlaceholder unknown) const;

private:
    struct Piece {
        std::string text;         ///< literal text, or the placeholder as written
        std::string placeholder;  ///< its name; empty for literal text
        std::string markup;       ///< tags to write after the value
        ValueContext context = ValueContext::kPlain;
    };

    TemplateForm form_ = TemplateForm::kStorage;
    std::vector<Piece> pieces_;
};

}  // namespace pagepress::worker
