cupel_room(transport NEEDS base codec crypto registry appraise services
  LIBRARIES CURL::libcurl OpenSSL::SSL
  SOURCES clock.cpp files.cpp nonce.cpp url.cpp http_headers.cpp handshake.cpp http.cpp tls_pin.cpp
          sse.cpp attest.cpp session.cpp blindai.cpp checks.cpp explain.cpp)
