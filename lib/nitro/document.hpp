// The two layers of a document, for the files of this room.
#pragma once

#include <cupel/nitro.hpp>

#include "codec/cose.hpp"

namespace cupel::nitro {

inline constexpr std::string_view kCose = "nitro.cose";
inline constexpr std::string_view kPayload = "nitro.payload";

/// The envelope alone: nitro-01.
Result<cose::Sign1> parse_envelope(Bytes in);

/// The document in an envelope that was read from `in`: nitro-02, nitro-03.
Result<Document> parse_document(const cose::Sign1& message, Bytes in);

}  // namespace cupel::nitro
