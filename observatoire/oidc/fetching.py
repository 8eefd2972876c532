"""Asking the provider's server: one JSON object, within limits of time and size, no redirect."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

import requests

from observatoire.oidc.refusals import ProviderError
from observatoire.settings import is_safe_address

T = TypeVar("T")
LARGEST = 256 * 1024
_CONNECT_S, _SILENCE_S, _WHOLE_S = 3.05, 5.0, 10.0
_CHUNK = 1 << 14
_REFUSED_S = 5.0  # a provider that is down is not asked again by each of those who wait


class Bare(requests.auth.AuthBase):
    """No credentials: requests would otherwise look for some in a `.netrc` of the machine."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request as it is."""
        return request


def fetch_json(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: requests.auth.AuthBase | None = None,
) -> dict[str, Any]:
    """Get a JSON object, or send a form and get its answer.

    Raises
    ------
    ProviderError
        When the server does not answer in time, refuses, redirects, or says something else.
    """
    if not is_safe_address(url):
        raise ProviderError("answer", "the provider names an address that is not https")
    # nothing compressed: what comes is not larger than it looks
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    try:
        with requests.request(
            "GET" if form is None else "POST",
            url,
            data=form,
            headers=headers,
            auth=auth or Bare(),
            timeout=(_CONNECT_S, _SILENCE_S),
            allow_redirects=False,
            stream=True,
        ) as response:
            _judge(response)
            body = _read(response)
    except (requests.RequestException, OSError) as cause:
        raise ProviderError("down", f"the provider is down ({type(cause).__name__})") from None
    return _parsed(body)


def _judge(response: requests.Response) -> None:
    if response.status_code >= 500:
        raise ProviderError("down", f"the provider is down (HTTP {response.status_code})")
    encoding = response.headers.get("content-encoding", "identity")
    if response.status_code != 200 or encoding != "identity":
        raise ProviderError("answer", f"the provider refuses (HTTP {response.status_code})")


def _read(response: requests.Response) -> bytes:
    """Return the body; a server that sends it drop by drop is given no more than ten seconds."""
    deadline, body = time.monotonic() + _WHOLE_S, b""
    while part := response.raw.read1(_CHUNK):
        body += part
        if len(body) > LARGEST:
            raise ProviderError("answer", "the provider says too much")
        if time.monotonic() > deadline:
            raise ProviderError("down", "the provider is too slow")
    return body


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError("answer", "the provider does not answer in JSON")
    return found


@dataclass
class Kept(Generic[T]):
    """What a server said, or that it is down, kept for a while; one request at a time.

    Attributes
    ----------
    clock
        Seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    _value: T | None = field(default=None, repr=False)
    _value_at: float = field(default=float("-inf"), repr=False)
    _refusal: ProviderError | None = field(default=None, repr=False)
    _refusal_at: float = field(default=float("-inf"), repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, ask: Callable[[], T], longest_s: float) -> T:
        """Return what is kept, or ask when it is older than that.

        Raises
        ------
        ProviderError
            What `ask` raised, up to five seconds ago.
        """
        with self._lock:
            if self._value is not None and self.clock() - self._value_at <= longest_s:
                return self._value
            if self._refusal is not None and self.clock() - self._refusal_at <= _REFUSED_S:
                raise self._refusal.with_traceback(None)
            try:
                self._value = ask()
            except ProviderError as error:
                self._refusal, self._refusal_at = error, self.clock()
                raise
            self._value_at = self.clock()
            return self._value
