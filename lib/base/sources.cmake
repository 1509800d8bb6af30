cupel_room(base SOURCES error.cpp reader.cpp hex.cpp base64.cpp time.cpp claims.cpp issuer.cpp)
