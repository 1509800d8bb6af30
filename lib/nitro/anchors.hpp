// The one root that is known here.
#pragma once

#include <string_view>

namespace cupel::nitro {

/// Of the certificate's DER. SubjectPublicKeyInfo:
/// f2caf5ecc6190b4a8399b78bc58a2bbcd0382375db8a1bfd78a82743874fd225.
inline constexpr std::string_view kRootG1Sha256 =
    "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";
inline constexpr std::string_view kRootG1Name = "CN=aws.nitro-enclaves";
inline constexpr std::string_view kRootG1Crl =
    "http://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/ab4960cc-7d63-42bd-9e9f-59338cb67f84.crl";

}  // namespace cupel::nitro
