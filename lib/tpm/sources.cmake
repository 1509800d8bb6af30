cupel_room(tpm NEEDS base codec crypto LIBRARIES PkgConfig::TSS2_MU
  SOURCES names.cpp wire.cpp attest.cpp public.cpp pcrs.cpp quote.cpp event_log.cpp replay.cpp
          event_claims.cpp command_line.cpp evidence.cpp anchors.cpp collateral.cpp verify.cpp
          claims.cpp evaluate.cpp describe.cpp explain_register.cpp checks.cpp family.cpp)
