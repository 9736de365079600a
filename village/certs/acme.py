"""The one door to the ``acme`` library: requests to a certificate authority (RFC 8555), each of them one short
blocking call.

What the library lacks is added here: Retry-After of errors (certbot #10073), the problem document of a 409,
more than one retry of a rejected nonce, ``replaces`` and the renewal window of RFC 9773. Importing the library
costs 16 MB, so it is imported by the first session of a replica that really orders; see ``open_session``.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from village import __version__
from village.certs import keys
from village.certs.answers import (
    UNREACHABLE,
    Authorization,
    Order,
    Window,
    http_date,
    problem_of,
    read_authorization,
    read_order,
    retry_after,
    table_of,
)
from village.errors import AcmeProblem, OperatorError

if TYPE_CHECKING:
    import requests
    from acme import client

TIMEOUT = 20.0  # seconds for one request
NONCE_TRIES = 8


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are to a CA."""

    email: str = ""
    eab_kid: str = ""
    eab_hmac: str = field(default="", repr=False)


class Session:
    """A conversation with one CA. Every method blocks and raises AcmeProblem; call it in one thread only."""

    def __init__(self, directory_url: str, network: client.ClientNetwork) -> None:
        self.directory_url = directory_url
        self._network = network
        self.directory: dict[str, Any] = self._network.get(directory_url).json()
        self.skew = getattr(network, "skew", 0.0)
        for resource in ("newNonce", "newAccount", "newOrder"):
            if not isinstance(self.directory.get(resource), str):
                raise AcmeProblem(UNREACHABLE, f"{directory_url} is no ACME directory: it names no {resource}")

    @property
    def meta(self) -> dict[str, Any]:
        """The directory's metadata: externalAccountRequired, profiles, termsOfService."""
        meta = self.directory.get("meta")
        return meta if isinstance(meta, dict) else {}

    @property
    def has_renewal_info(self) -> bool:
        """True when the CA offers ARI."""
        return isinstance(self.directory.get("renewalInfo"), str)

    def register(self, account: Account, *, bind: bool) -> str:
        """The account's URL; the CA answers with the existing account when it knows the key. ``bind`` sends the
        EAB (§7.3.4).
        """
        self._network.account = None
        payload: dict[str, Any] = {"termsOfServiceAgreed": True}
        if account.email:
            payload["contact"] = [f"mailto:{account.email}"]
        if bind:
            payload["externalAccountBinding"] = self._binding(account)
        response = self._post(self.directory["newAccount"], payload)
        url = response.headers.get("Location", "")
        if not url:
            raise AcmeProblem("malformed", "the CA gave the account no URL")
        self.use_account(url)
        return url

    def _binding(self, account: Account) -> Any:
        from acme import messages  # noqa: PLC0415

        assert self._network.key is not None
        directory: Any = self.directory
        return messages.ExternalAccountBinding.from_data(
            self._network.key.public_key(), account.eab_kid, account.eab_hmac, directory
        )

    def use_account(self, url: str) -> None:
        """Sign from now on as the account at ``url``."""
        self._network.account = cast(Any, {"uri": url})

    def order(self, names: Sequence[tuple[str, str]], *, profile: str = "", replaces: str = "") -> Order:
        """A new order for (type, value) identifiers, type "dns" or "ip"; ``replaces`` is the certID of the
        predecessor.
        """
        payload: dict[str, Any] = {"identifiers": [{"type": kind, "value": value} for kind, value in names]}
        payload |= {"profile": profile} if profile else {}
        payload |= {"replaces": replaces} if replaces else {}
        response = self._post(self.directory["newOrder"], payload)
        return read_order(response.headers.get("Location", ""), response)

    def order_at(self, url: str) -> Order:
        """An order as it stands now."""
        return read_order(url, self._post(url, None))

    def authorization(self, url: str) -> Authorization:
        """A name's authorization as it stands now."""
        return read_authorization(url, self._post(url, None))

    def answer(self, authorization: Authorization) -> None:
        """Tell the CA that the answer to the challenge is in place (§7.5.1)."""
        self._post(authorization.challenge_url, {})

    def finalize(self, order: Order, csr_pem: bytes) -> Order:
        """Send the request for the certificate (§7.4)."""
        body = b"".join(line for line in csr_pem.splitlines() if not line.startswith(b"-----"))
        csr = body.decode("ascii").replace("+", "-").replace("/", "_").rstrip("=")
        return read_order(order.url, self._post(order.finalize, {"csr": csr}))

    def chains(self, url: str) -> list[bytes]:
        """The certificate chains on offer: the default one, then the alternates (§7.4.2)."""
        from requests.utils import parse_header_links  # noqa: PLC0415

        first = self._post(url, None)
        links = parse_header_links(first.headers.get("Link", ""))
        urls = [link["url"] for link in links if link.get("rel") == "alternate"]
        return [first.content, *(self._post(alternate, None).content for alternate in urls)]

    def renewal_window(self, cert_id: str) -> Window:
        """When the CA would like a certificate replaced (RFC 9773 §4.1)."""
        response = self._network.get(f"{self.directory['renewalInfo'].rstrip('/')}/{cert_id}")
        table = table_of(response)
        window = table.get("suggestedWindow")
        window = window if isinstance(window, dict) else {}
        explanation = str(table.get("explanationURL") or "")
        return Window(window.get("start"), window.get("end"), explanation, retry_after(response.headers))

    def _post(self, url: str, payload: dict[str, Any] | None) -> requests.Response:
        body = None if payload is None else Payload(payload)
        return self._network.post(url, body, new_nonce_url=self.directory["newNonce"])

    def close(self) -> None:
        """Close the connections."""
        self._network.session.close()


class Payload:
    """A JSON object in the shape that the library signs."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table

    def json_dumps(self, **_: Any) -> str:
        return json.dumps(self.table, default=lambda value: value.to_json())


def open_session(directory_url: str, account_key: bytes, *, ca_bundle: str = "") -> Session:
    """Fetch the directory with a fresh network: nonces that lay about for days are stale. Raises AcmeProblem."""
    logging.getLogger("acme").setLevel(logging.WARNING)  # its debug log prints whole requests
    check_bundle(ca_bundle)
    network = make_network(account_key, ca_bundle=ca_bundle)
    try:
        return Session(directory_url, network)
    except BaseException:
        network.session.close()
        raise


def check_bundle(path: str) -> None:
    """Raises OperatorError for a CA bundle that is none; what OpenSSL and requests make of it helps nobody."""
    hint = "VILLAGE_ACME_CA_BUNDLE is a PEM file with the roots that prove the CA's API; a public CA needs none"
    try:
        if path:
            ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        raise OperatorError(f"the CA bundle {path} cannot be used: {error.strerror or error}", hint=hint) from None


def make_network(account_key: bytes, *, ca_bundle: str) -> client.ClientNetwork:
    """The library's network with our reading of its answers."""
    import josepy  # noqa: PLC0415
    import requests  # noqa: PLC0415
    from acme import client, jws  # noqa: PLC0415

    class Network(client.ClientNetwork):
        """Raises AcmeProblem for every answer that is not a success, with its Retry-After; keeps the nonces of
        errors.
        """

        skew = 0.0

        def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
            started = time.time()
            try:
                response = super()._send_request(method, url, *args, **kwargs)
            except requests.RequestException as error:
                raise AcmeProblem(UNREACHABLE, f"{method} {url}: {why(error)}") from None
            self._note_skew(response, (started + time.time()) / 2)
            nonce = response.headers.get("Replay-Nonce", "")
            if not response.ok and nonce:
                self._nonces.add(jws.Header._fields["nonce"].decode(nonce))
            return response

        def _note_skew(self, response: requests.Response, now: float) -> None:
            date = http_date(response.headers.get("Date", ""))
            if date is not None:
                self.skew = now - date - 0.5  # the header cuts the second off

        @classmethod
        def _check_response(cls, response: requests.Response, content_type: str | None = None) -> requests.Response:
            del content_type  # table_of judges the body where one is needed
            if response.ok:
                return response
            wait = retry_after(response.headers)
            try:
                problem = problem_of(response.json(), status=response.status_code, wait=wait)
            except ValueError:
                problem = None
            url = response.request.url if response.request is not None else ""
            text = f"HTTP {response.status_code} without a problem document from {url}"
            raise problem or AcmeProblem(UNREACHABLE, text, status=response.status_code, retry_after=wait)

        def post(self, *args: Any, **kwargs: Any) -> requests.Response:
            for attempt in range(1, NONCE_TRIES + 1):
                try:
                    return self._post_once(*args, **dict(kwargs))
                except AcmeProblem as problem:
                    if problem.kind != "badNonce" or attempt == NONCE_TRIES:
                        raise
            raise AssertionError

        def _add_nonce(self, response: requests.Response) -> None:
            if response.headers.get("Replay-Nonce"):  # an answer without one is no failure: newNonce gives another
                super()._add_nonce(response)

        def _get_nonce(self, url: str, new_nonce_url: str) -> str:
            if not self._nonces:
                self._add_nonce(self._check_response(self.head(new_nonce_url)))
            if not self._nonces:
                raise AcmeProblem(UNREACHABLE, f"{new_nonce_url} gives no nonce")
            return self._nonces.pop()

    key = josepy.JWKEC(key=keys.from_pem(account_key))
    agent = f"village/{__version__} (+https://github.com/) acme-python"
    verify: Any = ca_bundle or True
    return Network(key, alg=josepy.ES256, user_agent=agent, verify_ssl=verify, timeout=int(TIMEOUT))


def why(error: Exception) -> str:
    """The root of a requests exception: its own text is a chain of object representations."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__ or getattr(cause, "reason", None)) and isinstance(
        inner, BaseException
    ):
        cause = inner
    return f"{type(cause).__name__}: {cause}"[:300]
