// What a Token holds.
#pragma once

#include <cupel/maa.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.hpp"
#include "codec/jws.hpp"

namespace cupel::maa {

struct Token::State {
  jws::Compact compact;
  std::string payload_text;
  json::Value payload;
  std::string kid;
  std::string issuer;
  std::string attestation_type;
  UnixTime issued_at;
  UnixTime not_before;
  UnixTime expires;
  std::vector<std::pair<std::string, ClaimValue>> claims;
  std::vector<std::string> left_out;
};

/// The documents parse_evidence() reads, as the token's text.
Result<std::string> token_text(Bytes evidence);

}  // namespace cupel::maa
