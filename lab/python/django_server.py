"""The Django server of the lab, in one file: `gunicorn django_server:wsgi`, and under uvicorn by `processes.py` for /events."""

import asyncio
import json as text_of
import os
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings


def postgres(address):
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": parts.hostname,
        "PORT": parts.port or 5432,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": parts.path.lstrip("/"),
        # Connections are kept: one per thread, as the manual advises for production.
        "CONN_MAX_AGE": None,
    }


databases = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["LAB_SQLITE"],
        "CONN_MAX_AGE": None,
    }
}
if os.environ.get("LAB_POSTGRES"):
    databases["server"] = postgres(os.environ["LAB_POSTGRES"])

settings.configure(
    DEBUG=False,
    SECRET_KEY="of a server that only the lab reaches",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES=databases,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    USE_TZ=True,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import JsonResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

import answers  # noqa: E402


class World(models.Model):
    number = models.IntegerField()

    class Meta:
        app_label = "lab"
        db_table = "world"


def json(request):
    return JsonResponse(answers.products())


def row(engine, number):
    found = World.objects.using(engine).get(pk=number)
    return {"id": found.pk, "number": found.number}


def one(request, engine):
    return JsonResponse(row(engine, answers.row_ids(1)[0]))


def twenty(request, engine):
    return JsonResponse([row(engine, number) for number in answers.row_ids(20)], safe=False)


def cpu(request):
    return JsonResponse(answers.solutions())


def matrix(request):
    return JsonResponse(answers.matrix())


listeners: set[asyncio.Queue] = set()


async def events(request):
    queue = asyncio.Queue()
    listeners.add(queue)

    async def stream():
        try:
            yield ": welcome\n\n"
            while True:
                yield await queue.get()
        finally:
            listeners.discard(queue)

    return StreamingHttpResponse(stream(), content_type="text/event-stream")


async def publish(request):
    event = f"data: {text_of.loads(request.body)['text']}\n\n"
    for queue in listeners:
        queue.put_nowait(event)
    return JsonResponse({"listeners": len(listeners)})


urlpatterns = [
    path("json", json),
    path("sqlite/one", one, {"engine": "default"}),
    path("sqlite/twenty", twenty, {"engine": "default"}),
    path("postgres/one", one, {"engine": "server"}),
    path("postgres/twenty", twenty, {"engine": "server"}),
    path("cpu", cpu),
    path("matrix", matrix),
    path("events", events),
    path("publish", publish),
]

wsgi = get_wsgi_application()
asgi = get_asgi_application()
