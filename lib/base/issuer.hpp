// Names of token issuers: https URLs that can be compared as texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cupel {

/// Whether this is "https://" and a host name in lower case with at least one dot, and nothing
/// else: no port, path, query, user, final slash, address or escaped character. There is one text
/// for one issuer, so that texts can be compared.
bool canonical_issuer(std::string_view text) noexcept;

/// The canonical issuer that a person means by "host", "https://host" or "https://host/", in any
/// case. nullopt for anything else.
std::optional<std::string> issuer_of(std::string_view written);

}  // namespace cupel
