cupel_room(collateral NEEDS base codec crypto transport
  SOURCES answers.cpp memory.cpp directory.cpp http.cpp)
