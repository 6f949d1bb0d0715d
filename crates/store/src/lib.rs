//! The only place with SQL: an embedded SQLite file behind one small layer.
