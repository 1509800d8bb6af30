cupel_room(transport NEEDS base codec crypto registry appraise services collateral
  LIBRARIES CURL::libcurl OpenSSL::SSL
  SOURCES clock.cpp files.cpp nonce.cpp tls_pin.cpp http.cpp sse.cpp session.cpp checks.cpp
          explain.cpp)
