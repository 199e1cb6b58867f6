"""An OpenID provider of a page's length, on another site than the dashboard's: whoever comes is signed in as ``person``.

It checks what a real one checks: the client, its secret, the redirect address and PKCE (S256); and it remembers who
signed out.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, CLIENT_SECRET = "rapport-test", "a secret between the two"


@dataclass
class Provider:
    """A running provider: who signs in, what was asked of it."""

    address: str
    person: dict[str, Any]
    age: int = 0  # seconds by which its claims are backdated
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    challenges: list[str] = field(default_factory=list)
    signed_out: list[dict[str, str]] = field(default_factory=list)

    async def about(self, request: Request) -> Response:
        names = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "end_session_endpoint": "logout",
        }
        ends = {name: f"{self.address}/{path}" for name, path in names.items()}
        return JSONResponse({"issuer": self.address, **ends, "code_challenge_methods_supported": ["S256"],
                             "id_token_signing_alg_values_supported": ["RS256"]})  # fmt: skip

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        self.challenges.append(asked["code_challenge"])
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self.codes.pop(str(form["code"]))
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        assert base64.urlsafe_b64encode(proof).decode().rstrip("=") == asked["code_challenge"]
        basic = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        assert basic.split(":")[0] == CLIENT
        assert form["redirect_uri"] == asked["redirect_uri"]
        now = int(time.time()) - self.age
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + self.age + 3600,
            "nonce": asked["nonce"],
            **self.person,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": token, "expires_in": 3600}
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def logout(self, request: Request) -> Response:
        self.signed_out.append(dict(request.query_params))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


@contextmanager
def providing(port: int, person: dict[str, Any]) -> Iterator[Provider]:
    """A provider at http://127.0.0.1:``port``."""
    made = Provider(f"http://127.0.0.1:{port}", person)
    routes = [
        Route("/.well-known/openid-configuration", made.about), Route("/authorize", made.authorize),
        Route("/token", made.token, methods=["POST"]), Route("/jwks", made.jwks), Route("/logout", made.logout),
    ]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join(10)
