cupel_room(maa NEEDS base codec crypto
  SOURCES rows.cpp token.cpp signer.cpp verify.cpp claims.cpp anchors.cpp collateral.cpp
          describe.cpp checks.cpp family.cpp)
