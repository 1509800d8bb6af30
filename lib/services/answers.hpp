// Reading JSON answers. Members we do not use are left alone: services add some with every release,
// and nothing about trust rests on them.
#pragma once

#include <cupel/result.hpp>
#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace cupel::answers {

/// An answer or event that is a JSON object and reports no error of its own.
/// Errors: bad_response at "service.answer", "service.error". No text of the service is passed on
/// in them: services repeat prompts and keys in their error messages.
Result<json::Value> parse_object(std::string_view text);

/// bad_response at "service.<what>".
Error bad_answer(std::string_view what, std::string detail);

/// Whether the text can be sent as it is: not empty, valid UTF-8.
/// Errors: invalid_argument at "service.prompt".
Result<Unit> sendable(std::string_view text);

}  // namespace cupel::answers
