cupel_room(codec NEEDS base LIBRARIES nlohmann_json::nlohmann_json SOURCES json.cpp pem.cpp toml.cpp)
