cupel_room(tdx NEEDS base codec crypto dcap tpm
  SOURCES quote.cpp evidence.cpp anchors.cpp collateral.cpp verify.cpp replay.cpp claims.cpp evaluate.cpp describe.cpp
          checks.cpp family.cpp)
