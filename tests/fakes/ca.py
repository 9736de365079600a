"""A certificate authority that does as it is told: RFC 8555 and RFC 9773 over HTTPS, with faults on demand.

It is strict where a real CA is (signatures, nonces used once, the URL in each signature, order of the steps, a CSR that
matches its order), because a fake that forgives proves nothing. It verifies JWS with `cryptography` alone, not with the
library that village uses, and certbot and lego get certificates from it as well.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

URN = "urn:ietf:params:acme:error:"


@dataclass
class Fault:
    """An answer instead of the real one: for the next ``times`` requests to ``endpoint``."""

    endpoint: str
    status: int
    kind: str = ""  # "" = no problem document, as a broken proxy in front of a CA answers
    detail: str = "as scripted"
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    subproblems: tuple[str, ...] = ()


class Refused(Exception):
    """A problem document."""

    def __init__(self, status: int, kind: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"type": URN + kind, "detail": detail, "status": status, **more}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    return int.from_bytes(unb64(text), "big")


def public_key(jwk: dict[str, str]) -> Any:
    if jwk["kty"] == "EC":
        curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[jwk["crv"]]
        return ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), curve).public_key()
    return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()


def verify(jwk: dict[str, str], alg: str, signed: bytes, signature: bytes) -> None:
    key = public_key(jwk)
    if alg == "RS256":
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif alg in {"ES256", "ES384"}:
        half = len(signature) // 2
        der = encode_dss_signature(*(int.from_bytes(part, "big") for part in (signature[:half], signature[half:])))
        key.verify(der, signed, ec.ECDSA(hashes.SHA256() if alg == "ES256" else hashes.SHA384()))
    else:
        raise InvalidSignature


def thumbprint(jwk: dict[str, str]) -> str:
    members = ("crv", "kty", "x", "y") if jwk["kty"] == "EC" else ("e", "kty", "n")
    canonical = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    return b64(hashlib.sha256(canonical.encode()).digest())


class ScriptedCA:
    """State and script of the CA; every attribute may be changed while it runs."""

    def __init__(self, http_port: int) -> None:
        self.http_port = http_port
        self.lock = threading.RLock()
        self.nonces: set[str] = set()
        self.accounts: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.authorizations: dict[str, dict[str, Any]] = {}
        self.certificates: dict[str, bytes] = {}
        self.requests: list[tuple[str, Any]] = []
        self.validated: list[str] = []
        # the script
        self.faults: list[Fault] = []
        self.bad_nonces = 0  # the next so many POSTs are refused with badNonce
        self.gate: Callable[[str], None] = lambda endpoint: None  # called before each request is answered
        self.after: Callable[[str], None] = lambda endpoint: None  # called after its effect, before the answer is sent
        self.validity = 90 * 86400.0
        self.backdated = 3600.0
        self.processing = 0  # looks at a finalised order until it is valid
        self.processing_retry_after = ""
        self.validation_seconds = 0.0
        self.authorization_retry_after = ""
        self.rejected: set[str] = set()  # names whose validation fails
        self.rejection = "unauthorized"  # as which kind of problem; "caa" and "dns" are others
        self.forbidden: set[str] = set()  # names refused at newOrder
        self.ari: bool = True
        self.window: Callable[[x509.Certificate], Any] = self.usual_window
        self.ari_headers: dict[str, str] = {"Retry-After": "21600"}
        self.replaced: set[str] = set()
        self.profiles: dict[str, float] = {"classic": 90 * 86400.0, "shortlived": 160 * 3600.0}
        self.eab: dict[str, str] = {}  # kid → base64url HMAC key; not empty = required
        self.reuse_authorizations = False
        self.date_skew = 0.0
        self._root()

    def _root(self) -> None:
        self.ca_key, self.root = self._authority("Scripted Root", None, None)
        self.sub_key, self.sub = self._authority("Scripted Intermediate", self.root, self.ca_key)
        _, self.other_root = self._authority("Other Root", None, None, self.ca_key)

    @staticmethod
    def _authority(name: str, issuer: Any, issuer_key: Any, key: Any = None) -> tuple[Any, x509.Certificate]:
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer.subject if issuer else subject,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(days=365),
            now + timedelta(days=3650),
        )
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        return key, builder.sign(issuer_key or key, hashes.SHA256())

    # the script's small words

    def fail(self, endpoint: str, status: int, kind: str = "", **more: Any) -> None:
        self.faults.append(Fault(endpoint, status, kind, **more))

    def count(self, endpoint: str) -> int:
        return sum(1 for name, _ in self.requests if name == endpoint)

    def valid_orders(self) -> Counter[tuple[str, ...]]:
        """Issued certificates by set of names."""
        made = [order for order in self.orders.values() if order["status"] == "valid"]
        return Counter(tuple(sorted(each["value"] for each in order["identifiers"])) for order in made)

    def usual_window(self, leaf: x509.Certificate) -> Any:
        life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
        start = leaf.not_valid_before_utc + life * 2 / 3
        times = {"start": start.isoformat(), "end": (start + life / 50).isoformat()}
        return {"suggestedWindow": times, "explanationURL": "https://ca.example/why"}

    # the protocol

    def signed(self, url: str, body: bytes, *, new_account: bool) -> tuple[dict[str, Any], Any, str]:
        """(jwk, payload, account URL) of a JWS (RFC 8555 §6.2)."""
        try:
            jws = json.loads(body)
            header = json.loads(unb64(jws["protected"]))
            alg, nonce = header["alg"], header["nonce"]
        except (ValueError, KeyError, TypeError):
            raise Refused(400, "malformed", "no JWS") from None
        with self.lock:
            if self.bad_nonces > 0:
                self.bad_nonces -= 1
                raise Refused(400, "badNonce", "as scripted")
            if nonce not in self.nonces:
                raise Refused(400, "badNonce", "unknown nonce")
            self.nonces.discard(nonce)
        if header.get("url") != url:
            raise Refused(403, "unauthorized", f"the signature is for {header.get('url')}, not for {url}")
        if ("jwk" in header) == ("kid" in header) or (new_account and "jwk" not in header):
            raise Refused(400, "malformed", "exactly one of jwk and kid")
        account = header.get("kid", "")
        if account and account not in self.accounts:
            raise Refused(400, "accountDoesNotExist", "no such account")
        jwk = header["jwk"] if "jwk" in header else self.accounts[account]["jwk"]
        try:
            verify(jwk, alg, f"{jws['protected']}.{jws['payload']}".encode(), unb64(jws["signature"]))
        except (InvalidSignature, KeyError, ValueError):
            raise Refused(403, "unauthorized", "the signature is wrong") from None
        return jwk, json.loads(unb64(jws["payload"])) if jws["payload"] else None, account

    def new_account(self, base: str, url: str, jwk: dict[str, Any], payload: dict[str, Any]) -> tuple[int, str, Any]:
        mark = thumbprint(jwk)
        for known, account in self.accounts.items():
            if account["mark"] == mark:
                return 200, known, {"status": "valid"}
        if payload.get("onlyReturnExisting"):
            raise Refused(400, "accountDoesNotExist", "no account with this key")
        if not payload.get("termsOfServiceAgreed"):
            raise Refused(403, "userActionRequired", "agree to the terms")
        if self.eab:
            self.check_binding(url, jwk, payload.get("externalAccountBinding"))
        made = f"{base}/account/{secrets.token_hex(4)}"
        self.accounts[made] = {"jwk": jwk, "mark": mark, "contact": payload.get("contact")}
        return 201, made, {"status": "valid", "contact": payload.get("contact") or [], "orders": f"{made}/orders"}

    def check_binding(self, url: str, jwk: dict[str, Any], binding: Any) -> None:
        """RFC 8555 §7.3.4."""
        if not binding:
            raise Refused(403, "externalAccountRequired", "an external account binding is needed")
        header = json.loads(unb64(binding["protected"]))
        key = self.eab.get(header["kid"])
        mac = hmac.new(unb64(key or ""), f"{binding['protected']}.{binding['payload']}".encode(), hashlib.sha256)
        same_key = thumbprint(json.loads(unb64(binding["payload"]))) == thumbprint(jwk)
        if key is None or header["url"] != url or mac.digest() != unb64(binding["signature"]) or not same_key:
            raise Refused(403, "unauthorized", "the external account binding is wrong")

    def new_order(self, base: str, payload: dict[str, Any], account: str) -> tuple[int, str, Any]:
        names = [each["value"] for each in payload["identifiers"]]
        bad = [name for name in names if name in self.forbidden]
        if bad:
            raise Refused(400, "rejectedIdentifier", f"policy forbids issuing for: {', '.join(bad)}")
        profile = payload.get("profile")
        if profile and profile not in self.profiles:
            raise Refused(400, "invalidProfile", profile)
        replaces = payload.get("replaces")
        if replaces:
            if replaces in self.replaced:
                raise Refused(409, "alreadyReplaced", f"{replaces} was replaced")
            if replaces not in {cert_id(self.leaf(pem)) for pem in self.certificates.values()}:
                raise Refused(400, "malformed", "replaces names no certificate of this CA")
        key = secrets.token_hex(6)
        order = {
            "status": "pending",
            "identifiers": payload["identifiers"],
            "authorizations": [self.authorize(base, each, account) for each in payload["identifiers"]],
            "finalize": f"{base}/finalize/{key}",
            "expires": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
            "_account": account,
            "_replaces": replaces,
            "_validity": self.profiles.get(profile or "", self.validity) if profile else self.validity,
        }
        self.orders[f"{base}/order/{key}"] = order
        self.refresh(order)
        return 201, f"{base}/order/{key}", self.shown(order)

    def authorize(self, base: str, identifier: dict[str, str], account: str) -> str:
        if self.reuse_authorizations:
            for url, known in self.authorizations.items():
                if known["identifier"] == identifier and known["status"] == "valid" and known["_account"] == account:
                    return url
        key = secrets.token_hex(6)
        challenge = {
            "type": "http-01",
            "status": "pending",
            "url": f"{base}/challenge/{key}",
            "token": secrets.token_urlsafe(32),
        }
        other = {
            "type": "dns-01",
            "status": "pending",
            "url": f"{base}/challenge/{key}-dns",
            "token": challenge["token"],
        }
        self.authorizations[f"{base}/authz/{key}"] = {
            "identifier": identifier,
            "status": "pending",
            "expires": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
            "challenges": [other, challenge],
            "_account": account,
        }
        return f"{base}/authz/{key}"

    def challenged(self, url: str, account: str) -> tuple[int, str, Any, str]:
        authz_url, authorization = next(
            (key, value)
            for key, value in self.authorizations.items()
            if any(each["url"] == url for each in value["challenges"])
        )
        challenge = next(each for each in authorization["challenges"] if each["url"] == url)
        if challenge["status"] == "pending":
            challenge["status"] = "processing"
            expected = f"{challenge['token']}.{self.accounts[account]['mark']}"
            arguments = (authorization, challenge, expected)
            threading.Thread(target=self.validate, args=arguments, daemon=True).start()
        return 200, "", challenge, authz_url

    def validate(self, authorization: dict[str, Any], challenge: dict[str, Any], expected: str) -> None:
        """Fetch the answer as a real validation authority does."""
        name = authorization["identifier"]["value"]
        time.sleep(self.validation_seconds)
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=5)
        try:
            connection.request("GET", f"/.well-known/acme-challenge/{challenge['token']}", headers={"Host": name})
            reply = connection.getresponse()
            answer = reply.read().decode("utf-8", "replace").strip()
            good = reply.status == 200 and answer == expected and name not in self.rejected
            detail = f"{name}: status {reply.status}, {answer[:60]!r}"
        except (OSError, http.client.HTTPException) as error:
            good, detail = False, f"{name}: {error}"
        finally:
            connection.close()
        with self.lock:
            self.validated.append(name)
            challenge["status"] = authorization["status"] = "valid" if good else "invalid"
            if good:
                challenge["validated"] = datetime.now(UTC).isoformat()
            else:
                problem = {"type": URN + self.rejection, "detail": detail, "status": 403}
                challenge["error"] = problem
            for order in self.orders.values():
                self.refresh(order)

    def refresh(self, order: dict[str, Any]) -> None:
        states = {self.authorizations[url]["status"] for url in order["authorizations"]}
        if order["status"] == "pending" and "invalid" in states:
            order["status"] = "invalid"
        elif order["status"] == "pending" and states == {"valid"}:
            order["status"] = "ready"

    def finalize(self, base: str, url: str, payload: dict[str, Any]) -> tuple[int, str, Any]:
        order_url, order = next((key, value) for key, value in self.orders.items() if value["finalize"] == url)
        if order["status"] != "ready":
            raise Refused(403, "orderNotReady", f"the order is {order['status']}")
        csr = x509.load_der_x509_csr(unb64(payload["csr"]))
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        asked = {
            *names.get_values_for_type(x509.DNSName),
            *(str(ip) for ip in names.get_values_for_type(x509.IPAddress)),
        }
        if not csr.is_signature_valid or asked != {each["value"] for each in order["identifiers"]}:
            raise Refused(400, "badCSR", "the request does not match the order")
        order["_csr"] = csr
        order["_looks"] = self.processing
        order["status"] = "processing"
        self.progress(base, order)
        return 200, order_url, self.shown(order)

    def progress(self, base: str, order: dict[str, Any]) -> None:
        if order["status"] != "processing":
            return
        if order["_looks"] > 0:
            order["_looks"] -= 1
            return
        key = secrets.token_hex(6)
        self.certificates[f"{base}/cert/{key}"] = self.issue(order["_csr"], order["_validity"])
        order["certificate"] = f"{base}/cert/{key}"
        order["status"] = "valid"
        if order["_replaces"]:
            self.replaced.add(order["_replaces"])

    def issue(self, csr: x509.CertificateSigningRequest, validity: float) -> bytes:
        now = datetime.now(UTC)
        before = now - timedelta(seconds=min(self.backdated, validity / 100))
        builder = x509.CertificateBuilder(
            self.sub.subject,
            csr.subject,
            csr.public_key(),
            x509.random_serial_number(),
            before,
            before + timedelta(seconds=validity),
        )
        builder = builder.add_extension(
            csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, False
        )
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.sub_key.public_key())
        builder = builder.add_extension(identifier, False)
        leaf = builder.sign(self.sub_key, hashes.SHA256())
        return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, self.sub))

    @staticmethod
    def leaf(pem: bytes) -> x509.Certificate:
        return x509.load_pem_x509_certificates(pem)[0]

    def alternate(self, pem: bytes) -> bytes:
        leaf = self.leaf(pem)
        return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, self.other_root))

    def renewal_info(self, identifier: str) -> Any:
        for pem in self.certificates.values():
            if cert_id(self.leaf(pem)) == identifier:
                return self.window(self.leaf(pem))
        raise Refused(404, "malformed", "no such certificate")

    @staticmethod
    def shown(table: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in table.items() if not key.startswith("_")}


def cert_id(leaf: x509.Certificate) -> str:
    """RFC 9773 §4.1, from the DER of the serial: tag and length cut off."""
    identifier = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    serial = leaf.serial_number
    content = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return f"{b64(identifier)}.{b64(content)}"


class Handler(BaseHTTPRequestHandler):
    """Routes; every POST but to newAccount and revokeCert is signed with the account's URL."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ca: ScriptedCA
    base: str

    def log_message(self, *_: Any) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.ca.date_skew)

    def do_HEAD(self) -> None:
        self.respond("newNonce", lambda: (200, {}, b""))

    def do_GET(self) -> None:
        path = self.path
        if path == "/directory":
            self.respond("directory", self.directory)
        elif path == "/new-nonce":
            self.respond("newNonce", lambda: (204, {}, b""))
        elif path.startswith("/ari/"):
            self.respond("renewalInfo", lambda: (200, dict(self.ca.ari_headers), self.ca.renewal_info(path[5:])))
        else:
            self.send(404, {}, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        endpoint = {"new-account": "newAccount", "new-order": "newOrder", "revoke-cert": "revokeCert"}.get(
            self.path.split("/")[1], self.path.split("/")[1]
        )
        self.respond(endpoint, lambda: self.post(endpoint, body))

    def directory(self) -> tuple[int, dict[str, str], Any]:
        table = {
            "newNonce": f"{self.base}/new-nonce",
            "newAccount": f"{self.base}/new-account",
            "newOrder": f"{self.base}/new-order",
            "revokeCert": f"{self.base}/revoke-cert",
            "keyChange": f"{self.base}/key-change",
            "meta": {
                "profiles": dict.fromkeys(self.ca.profiles, "https://ca.example/profiles"),
                "externalAccountRequired": bool(self.ca.eab),
                "termsOfService": "https://ca.example/terms",
            },
        }
        if self.ca.ari:
            table["renewalInfo"] = f"{self.base}/ari"
        return 200, {}, table

    def post(self, endpoint: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        ca, url = self.ca, self.base + self.path
        if self.headers.get("Content-Type") != "application/jose+json":
            raise Refused(415, "malformed", "application/jose+json, please")
        jwk, payload, account = ca.signed(url, body, new_account=endpoint == "newAccount")
        ca.requests.append((endpoint, payload))
        with ca.lock:
            if endpoint == "newAccount":
                status, location, table = ca.new_account(self.base, url, jwk, payload)
                return status, {"Location": location}, table
            if not account:
                raise Refused(400, "malformed", "kid, please")
            if endpoint == "newOrder":
                status, location, table = ca.new_order(self.base, payload, account)
                return status, {"Location": location}, table
            if endpoint == "finalize":
                status, location, table = ca.finalize(self.base, url, payload)
                return status, {"Location": location, **self.patience(table)}, table
            if endpoint == "challenge":
                status, _, table, up = ca.challenged(url, account)
                return status, {"Link": f'<{up}>;rel="up"'}, table
            return self.read_as(endpoint, url, account)

    def read_as(self, endpoint: str, url: str, account: str) -> tuple[int, dict[str, str], Any]:
        ca = self.ca
        if endpoint == "account":
            return 200, {}, {"status": "valid"}
        if endpoint == "authz" and url in ca.authorizations:
            wait = ca.authorization_retry_after
            return 200, {"Retry-After": wait} if wait else {}, ca.shown(ca.authorizations[url])
        if endpoint == "order" and url in ca.orders and ca.orders[url]["_account"] == account:
            ca.progress(self.base, ca.orders[url])
            table = ca.shown(ca.orders[url])
            return 200, self.patience(table), table
        if endpoint == "cert" and url.removesuffix("-alt") in ca.certificates:
            pem = ca.certificates[url.removesuffix("-alt")]
            pem = ca.alternate(pem) if url.endswith("-alt") else pem
            return (
                200,
                {"Content-Type": "application/pem-certificate-chain", "Link": f'<{url}-alt>;rel="alternate"'},
                pem,
            )
        raise Refused(404, "malformed", f"nothing at {url}")

    def patience(self, order: dict[str, Any]) -> dict[str, str]:
        wanted = order["status"] == "processing" and self.ca.processing_retry_after
        return {"Retry-After": self.ca.processing_retry_after} if wanted else {}

    def respond(self, endpoint: str, answer: Callable[[], tuple[int, dict[str, str], Any]]) -> None:
        ca = self.ca
        if self.command != "POST":
            ca.requests.append((endpoint, None))
        try:
            ca.gate(endpoint)
            fault = next((each for each in ca.faults if each.endpoint == endpoint and each.times > 0), None)
            if fault:
                fault.times -= 1
                more = [{"identifier": {"type": "dns", "value": n}, "detail": "this one"} for n in fault.subproblems]
                body = (
                    {"type": URN + fault.kind, "detail": fault.detail, "subproblems": more} if fault.kind else b"<html>"
                )
                self.send(fault.status, fault.headers, body)
                return
            status, headers, body = answer()
        except Refused as refused:
            status, headers, body = refused.status, {}, refused.body
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            status, headers, body = 400, {}, {"type": URN + "malformed", "detail": repr(error)}
        ca.after(endpoint)
        with contextlib.suppress(ConnectionError):
            self.send(status, headers, body)

    def send(self, status: int, headers: dict[str, str], body: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        nonce = secrets.token_urlsafe(16)
        self.ca.nonces.add(nonce)
        self.send_response(status)
        kind = "application/problem+json" if status >= 400 else "application/json"
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Replay-Nonce": nonce,
            "Cache-Control": "no-store",
            "Link": f'<{self.base}/directory>;rel="index"',
            **headers,
        }.items():
            if status != 204 or name != "Content-Length":
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


@dataclass
class Running:
    """Where a running CA is found, and its script."""

    ca: ScriptedCA
    directory: str
    ca_bundle: str


class Server(ThreadingHTTPServer):
    """Threads end with the process; a client that hangs up is no news."""

    daemon_threads = True

    def __init__(self, *arguments: Any, context: ssl.SSLContext) -> None:
        super().__init__(*arguments)
        self.context = context
        self.connections: list[ssl.SSLSocket] = []

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS in the connection's own thread; wrapping one that was reset already would leak it."""
        request.getpeername()
        with self.context.wrap_socket(request, server_side=True) as connection:
            self.connections.append(connection)
            self.RequestHandlerClass(connection, client_address, self)

    def hang_up(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # its thread closes it

    def handle_error(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def running(folder: Path, http_port: int) -> Iterator[Running]:
    """The CA on a free port of 127.0.0.1; HTTP-01 is validated on ``http_port``, whatever the name."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    bundle = folder / "api-ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    ca = ScriptedCA(http_port)
    handler = type("ThisHandler", (Handler,), {"ca": ca})
    server = Server(("127.0.0.1", 0), handler, context=context)
    handler.base = f"https://127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Running(ca, f"{handler.base}/directory", str(bundle))  # type: ignore[attr-defined]
    finally:
        server.hang_up()
