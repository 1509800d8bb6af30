cupel_room(codec NEEDS base LIBRARIES nlohmann_json::nlohmann_json PkgConfig::CBOR
  SOURCES json.cpp pem.cpp cbor.cpp cbor_map.cpp cbor_writer.cpp cose.cpp thim.cpp jws.cpp jwks.cpp flatten.cpp toml.cpp)
