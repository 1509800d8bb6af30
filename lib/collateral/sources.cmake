cupel_room(collateral NEEDS base codec crypto registry LIBRARIES CURL::libcurl
  SOURCES memory.cpp directory.cpp http.cpp endorsement.cpp)
