// Products by AMD's own names.
#pragma once

#include <cupel/snp.hpp>
#include <optional>
#include <string_view>

namespace cupel::snp {

/// By a certificate's product name ("Milan-B0", "Milan", "Genoa"); nullopt for others.
std::optional<Product> product_by_name(std::string_view name) noexcept;

}  // namespace cupel::snp
