cupel_room(sgx NEEDS base codec crypto dcap
  SOURCES quote.cpp evidence.cpp anchors.cpp collateral.cpp verify.cpp claims.cpp evaluate.cpp describe.cpp
          checks.cpp family.cpp)
