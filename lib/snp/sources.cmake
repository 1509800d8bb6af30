cupel_room(snp NEEDS base codec crypto uvm
  SOURCES product.cpp report.cpp certificate_table.cpp evidence.cpp vek.cpp anchors.cpp
          collateral.cpp verify.cpp uvm.cpp claims.cpp runtime_data.cpp evaluate.cpp describe.cpp
          checks.cpp family.cpp)
