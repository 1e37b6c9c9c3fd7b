"""This file serves the aiming page: a handful of routes below a secret that only the terminal shows.

Everything comes from the package, so the page works without the internet. What is not below the secret is not found.
"""

from __future__ import annotations

import hmac
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from edge_alpr.aim.drive_by import as_html
from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from starlette.requests import Request

    from edge_alpr.aim.session import Sitting

ASSETS: Final = {"": "text/html", "aim.js": "text/javascript", "aim.css": "text/css"}
MOST_BYTES: Final = 64 * 1024
HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob:",
}


def web_page(sitting: Sitting, token: str) -> Starlette:
    """The application. ``token``: what every address begins with."""

    async def serve(request: Request) -> Response:
        given = str(request.path_params["token"])
        if not hmac.compare_digest(given.encode(), token.encode()):
            return Response("not found", 404, HEADERS)
        try:
            response = await _answer(request, sitting)
        except EdgeAlprError as error:
            response = JSONResponse({"error": str(error)}, 409)
        except (ValueError, TypeError, KeyError, AttributeError):
            response = JSONResponse({"error": "the page sent something that is no answer"}, 400)
        response.headers.update(HEADERS)
        return response

    route = Route("/{token}/{what:path}", serve, methods=["GET", "POST", "PUT"])
    return Starlette(routes=[route])


async def _answer(request: Request, sitting: Sitting) -> Response:
    what, method = request.path_params["what"], request.method
    if method == "GET" and what in ASSETS:
        content = (files("edge_alpr.aim") / "page" / (what or "index.html")).read_bytes()
        return Response(content, media_type=ASSETS[what])
    if method == "GET" and what == "picture.jpg":
        view = sitting.eye.view  # boxes and picture of one frame
        boxes = {"x-plates": json.dumps(view.numbers.get("plates", []))}
        return Response(view.picture, media_type="image/jpeg", headers=boxes)
    if method == "GET" and what == "numbers.json":
        return JSONResponse(sitting.numbers())
    if method == "GET" and what == "zones.json":
        return JSONResponse(sitting.shapes())
    if method == "PUT" and what == "zones.json":
        return JSONResponse(sitting.save(await _body(request)))
    if method == "POST" and what == "drive-by":
        sitting.start_drive((await _body(request))["vehicles"])
        return JSONResponse(sitting.numbers())
    if method == "POST" and what == "focus":
        sitting.eye.reset_best()
        return JSONResponse({})
    if method == "GET" and what == "report.json":
        return JSONResponse(sitting.report())
    if method == "GET" and what == "report.html":
        return HTMLResponse(as_html(sitting.report()))
    return Response("not found", 404)


async def _body(request: Request) -> Any:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise EdgeAlprError(f"more than {MOST_BYTES} bytes: draw fewer corners")
    return json.loads(body)
