"""Passwords as scrypt hashes (RFC 7914), written `scrypt:n:r:p:salt:hash` in hexadecimal."""

from __future__ import annotations

import hashlib
import hmac
import secrets

N, R, P = 2**15, 8, 1
"""As OWASP's password storage cheat sheet has them with 32 MiB."""
MEMORY_BYTES = 64 * 2**20
MIN_CHARACTERS = 10
MAX_CHARACTERS = 200


def hashed(password: str) -> str:
    """ValueError where the password is too short."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise ValueError(f"비밀번호는 {MIN_CHARACTERS}자 이상 {MAX_CHARACTERS}자까지여야 해요.")
    salt = secrets.token_bytes(16)
    return f"scrypt:{N}:{R}:{P}:{salt.hex()}:{_derived(password, salt, N, R, P).hex()}"


def is_right(password: str, kept: str) -> bool:
    """Whether `password` is the one that was hashed; takes as long for a wrong one."""
    try:
        scheme, n, r, p, salt, digest = kept.split(":")
        derived = _derived(password[: MAX_CHARACTERS + 1], bytes.fromhex(salt), int(n), int(r), int(p))
    except ValueError:
        return False
    return scheme == "scrypt" and hmac.compare_digest(derived.hex(), digest)


def _derived(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=n, r=r, p=p, maxmem=MEMORY_BYTES)
