cupel_room(collateral NEEDS base codec crypto transport
  SOURCES endorsement.cpp memory.cpp directory.cpp http.cpp)
