"""Who is logged in to the studio: a signed cookie with an end, and a token in every form that belongs to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "daedap_studio"
MAX_AGE_S = 8 * 3600
SALT = "daedap studio session"
TOKEN_HEADER = "x-csrf-token"


class Sessions:
    """Sessions signed with one secret. A new secret ends them all."""

    def __init__(self, secret: str, is_secure: bool) -> None:
        self._secret = secret.encode()
        self._signer = TimestampSigner(secret, salt=SALT, digest_method=hashlib.sha256)
        self.is_secure = is_secure

    def begin(self, response: Response) -> None:
        """Log in whoever gets `response`."""
        value = self._signer.sign(secrets.token_hex(16)).decode()
        response.set_cookie(COOKIE, value, MAX_AGE_S, path="/studio", secure=self.is_secure, httponly=True, samesite="strict")

    def end(self, response: Response) -> None:
        response.delete_cookie(COOKIE, path="/studio", secure=self.is_secure, httponly=True, samesite="strict")

    def of(self, request: Request) -> str | None:
        """The session of a request; None without one, or with one that is forged or over."""
        try:
            return self._signer.unsign(request.cookies.get(COOKIE, ""), max_age=MAX_AGE_S).decode()
        except BadSignature:
            return None

    def token(self, session: str) -> str:
        """What a form of this session carries."""
        return hmac.new(self._secret, b"form " + session.encode(), hashlib.sha256).hexdigest()

    def is_own_form(self, session: str, token: str) -> bool:
        return hmac.compare_digest(self.token(session).encode(), token.encode("utf-8", "replace"))
