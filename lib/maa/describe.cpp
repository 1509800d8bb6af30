#include "maa/describe.hpp"

#include "base/hex.hpp"
#include "maa/token.hpp"

namespace cupel::maa {

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Token token, parse_evidence(evidence));
  const Token::State& state = token.state();
  return json::dump(json::Object{{"header", state.compact.header},
                                 {"payload", state.payload},
                                 {"signature", to_hex(state.compact.signature)}},
                    2);
}

}  // namespace cupel::maa
