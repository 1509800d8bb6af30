cupel_room(nitro NEEDS base codec crypto
  SOURCES document.cpp anchors.cpp collateral.cpp verify.cpp claims.cpp evaluate.cpp describe.cpp
          checks.cpp family.cpp)
