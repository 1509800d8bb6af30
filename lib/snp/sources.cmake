cupel_room(snp NEEDS base codec crypto
  SOURCES product.cpp report.cpp certificate_table.cpp evidence.cpp vek.cpp anchors.cpp
          collateral.cpp verify.cpp claims.cpp evaluate.cpp describe.cpp checks.cpp family.cpp)
