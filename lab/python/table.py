"""Fills the table of the queries: `table.py sqlite FILE` or `table.py postgres URL`. table.js does the same."""

import sys

ROWS = [(number, number * 7919 % 10_007) for number in range(1, 10_001)]
CREATE = "CREATE TABLE world (id integer PRIMARY KEY, number integer NOT NULL)"


def main():
    kind, place = sys.argv[1], sys.argv[2]
    if kind == "sqlite":
        import sqlite3

        connection, values = sqlite3.connect(place), "(?, ?)"
    else:
        import psycopg

        connection, values = psycopg.connect(place), "(%s, %s)"
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS world")
    cursor.execute(CREATE)
    cursor.executemany(f"INSERT INTO world (id, number) VALUES {values}", ROWS)
    connection.commit()


main()
