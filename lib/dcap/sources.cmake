cupel_room(dcap NEEDS base codec crypto
  SOURCES quote.cpp pck.cpp signed_json.cpp tcb_info.cpp qe_identity.cpp collateral.cpp
          endorsement.cpp requests.cpp level.cpp remarks.cpp verify.cpp claims.cpp describe.cpp
          anchors.cpp ratls.cpp checks.cpp)
