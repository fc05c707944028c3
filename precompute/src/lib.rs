//! Build-time computation and storage of the tables.
