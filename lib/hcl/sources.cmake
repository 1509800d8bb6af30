cupel_room(hcl NEEDS base codec crypto snp dcap tdx tpm
  SOURCES report.cpp td_report.cpp runtime_data.cpp evidence.cpp anchors.cpp collateral.cpp verify.cpp claims.cpp
          evaluate.cpp describe.cpp checks.cpp family.cpp)
