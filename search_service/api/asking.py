"""Asks a running service over HTTP: what the command line does when it does not serve."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

PATIENCE_SECONDS = 10
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (listened on, not called)


def url_of(host: str, port: int) -> str:
    """Where a service that listens on this address is called from the same machine."""
    host = _EVERY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def status(url: str) -> Mapping[str, Any] | None:
    """What the service says of itself; None when none answers there. Raises OSError."""
    try:
        with urlopen(f"{url}/status", timeout=PATIENCE_SECONDS) as response:  # noqa: S310
            found: Mapping[str, Any] = json.load(response)
    except HTTPError as error:
        raise OSError(f"{url} answers, but not as this service does: {error}") from error
    except (ValueError, HTTPException) as error:
        raise OSError(f"{url} is no address of this service: {error}") from error
    except OSError:
        return None
    return found
