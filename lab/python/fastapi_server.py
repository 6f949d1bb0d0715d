"""The FastAPI server of the lab. Started by `processes.py fastapi_server:app PORT COUNT`."""

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

import answers

POSTGRES = os.environ.get("LAB_POSTGRES")


class Product(BaseModel):
    id: int
    name: str
    price_cents: int
    quantity: int
    total_cents: int


class Products(BaseModel):
    count: int
    total_cents: int
    items: list[Product]


class Row(BaseModel):
    id: int
    number: int


class Solutions(BaseModel):
    size: int
    solutions: int


class Matrix(BaseModel):
    side: int
    trace: int
    sum: int


class Message(BaseModel):
    text: str


async def as_it_is(connection):
    """Nothing here changes a session, so that a connection goes back without a round trip to reset it."""


@asynccontextmanager
async def lifespan(app):
    # One connection in the event loop's own thread: a look-up in a local file takes microseconds, less than a thread costs.
    app.state.sqlite = sqlite3.connect(f"file:{os.environ['LAB_SQLITE']}?mode=ro", uri=True)
    app.state.pool = None
    if POSTGRES:
        app.state.pool = await asyncpg.create_pool(POSTGRES, min_size=8, max_size=8, reset=as_it_is)
    yield
    app.state.sqlite.close()
    if app.state.pool:
        await app.state.pool.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)
listeners: set[asyncio.Queue] = set()


@app.get("/json")
async def json() -> Products:
    return answers.products()


def sqlite_row(number):
    row = app.state.sqlite.execute("SELECT id, number FROM world WHERE id = ?", (number,)).fetchone()
    return {"id": row[0], "number": row[1]}


@app.get("/sqlite/one")
async def sqlite_one() -> Row:
    return sqlite_row(answers.row_ids(1)[0])


@app.get("/sqlite/twenty")
async def sqlite_twenty() -> list[Row]:
    return [sqlite_row(number) for number in answers.row_ids(20)]


QUERY = "SELECT id, number FROM world WHERE id = $1"


@app.get("/postgres/one")
async def postgres_one() -> Row:
    async with app.state.pool.acquire() as connection:
        return dict(await connection.fetchrow(QUERY, answers.row_ids(1)[0]))


@app.get("/postgres/twenty")
async def postgres_twenty() -> list[Row]:
    async with app.state.pool.acquire() as connection:
        return [dict(await connection.fetchrow(QUERY, number)) for number in answers.row_ids(20)]


@app.get("/cpu")
async def cpu() -> Solutions:
    return answers.solutions()


@app.get("/matrix")
async def matrix() -> Matrix:
    return answers.matrix()


@app.get("/events")
async def events():
    queue = asyncio.Queue()
    listeners.add(queue)

    async def stream():
        try:
            yield ": welcome\n\n"
            while True:
                yield await queue.get()
        finally:
            listeners.discard(queue)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.post("/publish")
async def publish(message: Message) -> dict[str, int]:
    event = f"data: {message.text}\n\n"
    for queue in listeners:
        queue.put_nowait(event)
    return {"listeners": len(listeners)}
